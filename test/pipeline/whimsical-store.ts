import {
  DeletionRefused,
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type StoreState,
} from '../../src/influx/reading-store.js';
import { StoreUnavailable } from '../../src/common/errors/store-unavailable.js';
import type { Bucket } from '../../src/model/bucket.js';
import type { Deletion } from '../../src/model/deletion.js';
import type { LatencyBucket } from '../../src/model/latencies.js';
import type { Reading } from '../../src/model/reading.js';
import type { ReadingColumns } from '../../src/model/reading-columns.js';

/** All timestamps of these tests are below this. */
export const MAX_US = 10;

/** How the store answers the next call. */
export type Whim = 'stores' | 'stores, answer lost' | 'refuses the odd' | 'unavailable';

/** What a deletion asks of a store. */
export type Ask = 'count' | 'delete' | 'latest';

/**
 * A store that behaves as it is set to, and keeps points as a store does: the last write of a point wins. What it once
 * took it does not refuse when it is sent again.
 */
export class WhimsicalStore extends ReadingStore {
  readonly label = 'a store of whims';
  readonly drainAtStartMs = 0;
  readonly drainAtStopMs = 1_000;
  readonly copiesEvents = true;
  readonly appliesRetention = false;
  readonly removedReadings = 0;
  readonly damagedFile = undefined;
  readonly concurrentWrites = 3;
  readonly maxReadingsPerWrite = 5_000;
  readonly maxPauseMs = 0;
  readonly state: StoreState = { state: 'up', reason: '' };
  readonly points = new Map<string, number>();
  /** Points with a refused reading while it had an earlier one. */
  readonly keptOlder = new Set<string>();
  /** How many points were deleted. */
  deleted = 0;
  /** What fails, while the store takes readings. */
  failing: Ask | undefined;
  /** Whether it fails for good. */
  refusesDeletions = false;
  /** Runs before the latest of all are answered, which were read before. */
  beforeLatest: () => Promise<void> = () => Promise.resolve();
  private readonly taken = new Set<number>();
  private readonly listeners: ((state: StoreState) => void)[] = [];

  constructor(private readonly whims: Whim[]) {
    super();
  }

  onFinding(): void {
    return;
  }

  onStateChange(listener: (state: StoreState) => void): void {
    this.listeners.push(listener);
  }

  async write(columns: ReadingColumns, signal: AbortSignal): Promise<Refusal[]> {
    const readings = [...columns];
    await new Promise(setImmediate);
    signal.throwIfAborted();
    const whim = this.whims.shift() ?? 'stores';
    if (whim === 'unavailable') this.fail('not now');
    const refuses = whim === 'refuses the odd';
    const refused = ({ value }: Reading): boolean => refuses && value % 2 === 1 && !this.taken.has(value);
    for (const reading of readings) {
      const key = `${reading.sensorId} ${reading.timestampUs}`;
      if (refused(reading)) {
        if (this.points.has(key)) this.keptOlder.add(key);
        continue;
      }
      this.points.set(key, reading.value);
      this.taken.add(reading.value);
    }
    if (whim === 'stores, answer lost') this.fail('lost');
    return readings.flatMap((reading, index) =>
      refused(reading) ? [{ index, kind: 'other' as const, reason: 'odd' }] : [],
    );
  }

  /** It is back at once, and says so. */
  private fail(reason: string): never {
    setTimeout(() => {
      for (const listener of this.listeners) listener(this.state);
    }, 1);
    throw new StoreUnavailable(reason, 1);
  }

  private failAt(ask: Ask): void {
    if (this.failing !== ask) return;
    if (this.refusesDeletions) throw new DeletionRefused(`${ask}: never`);
    throw new StoreUnavailable(`${ask}: no`, 1);
  }

  buckets(): Promise<Bucket[]> {
    return Promise.resolve([]);
  }

  latencies(): Promise<LatencyBucket[]> {
    return Promise.resolve([]);
  }

  copyEvents(): Promise<Refusal[]> {
    return Promise.resolve([]);
  }

  async latest(sensorId: string): Promise<Reading | undefined> {
    this.failAt('latest');
    return (await this.readings({ sensorId, fromUs: 0, toUs: MAX_US, limit: Infinity })).at(-1);
  }

  async count({ sensorId, fromUs, toUs }: Deletion, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.failAt('count');
    return (await this.readings({ sensorId, fromUs, toUs, limit: Infinity })).length;
  }

  async delete({ sensorId, fromUs, toUs }: Deletion, signal: AbortSignal): Promise<void> {
    await new Promise(setImmediate);
    signal.throwIfAborted();
    this.failAt('delete');
    const whim = this.whims.shift() ?? 'stores';
    if (whim === 'unavailable') this.fail('not now');
    for (let timestampUs = fromUs; timestampUs < toUs; timestampUs += 1)
      if (this.points.delete(`${sensorId} ${timestampUs}`)) this.deleted += 1;
    if (whim === 'stores, answer lost') this.fail('lost');
  }

  async readings({ sensorId, fromUs, toUs }: ReadingRange): Promise<Reading[]> {
    await new Promise(setImmediate);
    const found: Reading[] = [];
    for (let timestampUs = fromUs; timestampUs < toUs; timestampUs += 1) {
      const value = this.points.get(`${sensorId} ${timestampUs}`);
      if (value !== undefined) found.push({ sensorId, zone: 'z', value, timestampUs });
    }
    return found;
  }

  /** From here on it accepts everything. */
  heal(): void {
    this.whims.length = 0;
  }

  async *sensorIds(): AsyncGenerator<string> {
    // Nobody asks.
  }

  async *allLatest(): AsyncGenerator<Reading> {
    const ids = [...this.points.keys()].map((key) => key.split(' ')[0] ?? '');
    const found = await Promise.all([...new Set(ids)].map((sensorId) => this.latest(sensorId)));
    await this.beforeLatest();
    for (const reading of found) if (reading) yield reading;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
