import { SerialQueue } from '../common/scheduling/serial-queue.js';
import { runSteps } from '../common/scheduling/time-slices.js';
import type { ReadingLog } from '../journal/reading-log.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { Sensor } from '../registry/sensor.js';
import { SensorRanges } from './sensor-ranges.js';
import { packSensors } from './state/packed-sensors.js';
import type { Ledger, SavedSensors } from './state/ledger.js';

/** Sensors that go to the ledger at once, about; at most twice as many. Packing them holds the event loop for 3 ms. */
const SLICE_SENSORS = 5_000;

/** Saves what has changed in the registry of sensors, slice by slice, so that the event loop is never held for long. */
export class SensorSaver {
  private readonly queue = new SerialQueue();

  constructor(
    private readonly ledger: Pick<Ledger, 'saveSensors'>,
    private readonly journal: Pick<ReadingLog, 'position'>,
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
      const changed = this.sensors.takeChanged();
      let unsaved: readonly (readonly Sensor[])[] = [changed];
      try {
        const ranges = new SensorRanges(changed, SLICE_SENSORS);
        await runSteps(ranges);
        unsaved = ranges.slices();
        for (; unsaved.length > 1; unsaved = unsaved.slice(1))
          await this.ledger.saveSensors(this.pack(unsaved[0]));
        return await saveLast(this.pack(unsaved[0]));
      } catch (error) {
        for (const slice of unsaved) this.sensors.returnChanged(slice);
        throw error;
      }
    });
  }

  /** Nothing may happen before they are sent: what changes a sensor later, or makes the gateway forget it, must come later. */
  private pack(slice: readonly Sensor[] = []): SavedSensors {
    // Everything that the registry counts is in the journal, or has left it with the steps before.
    return { sensors: packSensors(this.sensors.beginSaving(slice)), countedSeq: this.journal.position };
  }
}
