import { SerialQueue } from '../common/scheduling/serial-queue.js';
import type { CallThread } from '../common/workers/call-thread.js';
import type { Journal } from '../journal/journal.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { Sensor } from '../registry/sensor.js';
import type { PipelineStateCalls, SavedSensors, SensorState } from './state/pipeline-state.js';

/** Sensors that go to the thread of state.db at once: copying them holds the event loop for about 3 ms. */
const SLICE_SENSORS = 2_000;

/** Saves what has changed in the registry of sensors, slice by slice, so that the event loop is never held for long. */
export class SensorSaver {
  private readonly queue = new SerialQueue();

  constructor(
    private readonly state: Pick<CallThread<PipelineStateCalls>, 'call'>,
    private readonly journal: Pick<Journal, 'position'>,
    private readonly sensors: SensorRegistry,
  ) {}

  /**
   * Saves all sensors that have changed up to now.
   * @param saveLast saves the last slice
   * @returns its result
   * @throws CallError; what could not be saved still counts as changed
   */
  save<T>(saveLast: (sensors: SavedSensors) => Promise<T>): Promise<T> {
    return this.queue.run(async () => {
      for (let left = this.sensors.changedCount; left > SLICE_SENSORS; left -= SLICE_SENSORS)
        await this.saveSlice((slice) => this.state.call('saveSensors', [slice]));
      return this.saveSlice(saveLast);
    });
  }

  private async saveSlice<T>(save: (sensors: SavedSensors) => Promise<T>): Promise<T> {
    const changed = this.sensors.takeChanged(SLICE_SENSORS);
    try {
      // Everything that the registry counts is in the journal, or has left it with the steps before.
      return await save({ sensors: changed.map(toState), countedSeq: this.journal.position });
    } catch (error) {
      this.sensors.returnChanged(changed);
      throw error;
    }
  }
}

/** A sensor as the state file keeps it. */
function toState({ latest, stamp, firstMs, lastMs, readings, ignoredUs }: Sensor): SensorState {
  return { latest, stamp, activity: { firstMs, lastMs, readings }, ignoredUs };
}
