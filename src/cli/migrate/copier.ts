import type { Refusal } from '../../influx/reading-store.js';
import { ReadingColumns } from '../../model/reading-columns.js';
import type { CopyProgress } from './migration-state.js';
import { RefusedReadings } from './refused-readings.js';
import { type MovedSensor, type ReadPage, sensorPages } from './sensor-pages.js';
import { SensorsDone } from './sensors-done.js';

/** Readings of one write: some sensors may have few. */
const BATCH_READINGS = 10_000;

/** What a Copier needs. */
export interface CopierParts {
  readonly read: ReadPage;
  /** Returns once the target has the readings that it does not refuse. */
  readonly write: (readings: ReadingColumns) => Promise<Refusal[]>;
  /** Called when the target has more readings. */
  readonly save: (progress: CopyProgress) => void;
}

/** Copies the readings of sensors, one sensor after the other; writing a reading again changes nothing. */
export class Copier {
  readonly refused: RefusedReadings;
  private done = new SensorsDone([]);
  private readings: number;
  private last: CopyProgress['last'];
  private batch = new ReadingColumns(BATCH_READINGS);

  /** @param earlier what an earlier run has copied */
  constructor(
    private readonly parts: CopierParts,
    private readonly earlier?: CopyProgress,
  ) {
    this.refused = new RefusedReadings(earlier?.refusedGroups, earlier?.refused);
    this.readings = earlier?.readings ?? 0;
    this.last = earlier?.last;
  }

  /** How many sensors are copied, with the part of the present one. */
  get sensorsDone(): number {
    return this.done.value;
  }

  get progress(): CopyProgress {
    const { readings, last, refused } = this;
    return { readings, ...(last && { last }), refused: refused.total, refusedGroups: refused.named };
  }

  /** @param sensors in the order of their ids */
  async run(sensors: readonly MovedSensor[]): Promise<void> {
    const { last } = this.earlier ?? {};
    const begin = last ? sensors.findIndex(({ sensorId }) => sensorId >= last.sensorId) : 0;
    const left = begin < 0 ? [] : sensors.slice(begin);
    this.done = new SensorsDone(left, sensors.length - left.length);
    const after = last && left[0]?.sensorId === last.sensorId ? last : undefined;
    for await (const page of sensorPages(left, this.parts.read, after)) {
      for (const reading of page.readings) {
        this.batch.push(reading);
        if (this.batch.length >= BATCH_READINGS) await this.flush();
      }
      this.done.take(page);
    }
    await this.flush();
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    if (batch.length === 0) return;
    const refusals = await this.parts.write(batch);
    for (const refusal of refusals) this.refused.add(batch.at(refusal.index), refusal);
    const { sensorId, zone, timestampUs } = batch.at(batch.length - 1);
    this.last = { sensorId, zone, timestampUs };
    this.readings += batch.length;
    this.batch = new ReadingColumns(BATCH_READINGS);
    this.parts.save(this.progress);
  }
}
