import { type Bucket, BucketParts } from '../../model/bucket.js';
import type { Deletion } from '../../model/deletion.js';
import type { LatencyBucket } from '../../model/latencies.js';
import { type Reading } from '../../model/reading.js';
import type { ReadingColumns } from '../../model/reading-columns.js';
import { runSteps } from '../../common/scheduling/time-slices.js';
import { CallThread, type Calls, type FileOptions } from '../../common/workers/call-thread.js';
import type { EmbeddedReaderCalls, ReadingsSlice } from './embedded-reader.worker.js';
import type { EmbeddedStoreCalls } from './embedded-store.worker.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import {
  type BucketRange,
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type SensorsRange,
  type StoreState,
} from '../reading-store.js';
import type { DeletionSlice } from './embedded-deletion.js';
import type { OpenLatencies } from './embedded-latencies.js';
import { ReadingPacker } from './packed-readings.js';
import { Retention, type RetentionOptions } from './retention.js';

const RETRY_AFTER_MS = 5_000;

/**
 * A query about many readings runs in slices, so that other queries run in between. One sensor's readings of a day, one every
 * 5 s, fit into the first slice: about 10 ms.
 */
const FIRST_SLICE_READINGS = 20_000;
const SLICE_MS = 20;
/** Readings of one slice when readings themselves are asked for: about 5 ms. */
const SLICE_READINGS = 2_000;

export interface EmbeddedStoreOptions extends FileOptions {
  /** Without it, readings are kept forever. */
  readonly retention?: RetentionOptions | undefined;
  /** Only reads: the file must exist, and does not change. */
  readonly readOnly?: boolean;
}

/**
 * Readings in a SQLite file in DATA_DIR, for a gateway without InfluxDB. One thread writes and another one reads, so that neither
 * waits for the other.
 */
export class EmbeddedStore extends ReadingStore {
  readonly label = 'the embedded store';
  /** SQLite has one writer, and one commit for all readings is cheapest. */
  readonly concurrentWrites = 1;
  /** Large, because SQLite changes a page once for all its readings (docs/decisions/embedded-writes.md). */
  readonly maxReadingsPerWrite = 500_000;
  readonly maxPauseMs = 1_000;
  /** It is in this process and always up, so the start can bring it up to date. */
  readonly drainAtStartMs = 600_000;
  readonly drainAtStopMs = 5_000;
  /** The system log is on the same disk. */
  readonly copiesEvents = false;
  readonly appliesRetention = true;
  readonly state: StoreState = { state: 'up', reason: '' };
  private readonly retention: Retention | undefined;

  private constructor(
    private readonly writer: CallThread<EmbeddedStoreCalls>,
    private readonly reader: CallThread<EmbeddedReaderCalls>,
    retention: RetentionOptions | undefined,
  ) {
    super();
    if (!retention) return;
    this.retention = new Retention(retention, {
      dropBefore: (...step) => writer.call('dropBefore', step),
      giveBackSpace: () => writer.call('giveBackSpace', []),
    });
  }

  /**
   * @param file the SQLite file. A missing one is created; a damaged one is moved to `aside`, if that is given
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
    // The writer opens first: it creates or repairs the file.
    const writer = await openThread<EmbeddedStoreCalls>('./embedded-store.worker.js', file, options);
    const reader = await openThread<EmbeddedReaderCalls>('./embedded-reader.worker.js', file, options);
    return new EmbeddedStore(writer, reader, options.retention);
  }

  /** Where a damaged file is kept; all readings before this start are in it, and lost to the store. */
  get damagedFile(): string | undefined {
    return this.writer.damagedFile;
  }

  get removedReadings(): number {
    return this.retention?.removed ?? 0;
  }

  /** The store runs in this process, so its state never changes. */
  onStateChange(): void {
    return;
  }

  /** Nobody else writes into it. */
  onFinding(): void {
    return;
  }

  async write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]> {
    const packer = new ReadingPacker(readings);
    await runSteps(packer);
    await call(this.writer, 'write', [packer.packed], signal);
    return [];
  }

  count(deletion: Deletion, signal: AbortSignal): Promise<number> {
    return inSlices(deletion, (slice) =>
      call(this.reader, 'countSlice', [slice, SLICE_READINGS * 10], signal),
    );
  }

  async delete(deletion: Deletion, signal: AbortSignal): Promise<void> {
    await inSlices(deletion, (slice) => call(this.writer, 'deleteSlice', [slice, SLICE_READINGS], signal));
  }

  copyEvents(): Promise<Refusal[]> {
    return Promise.resolve([]);
  }

  latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined> {
    return call(this.reader, 'latest', [sensorId], signal);
  }

  async readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]> {
    const readings: Reading[] = [];
    for (let left: ReadingRange | undefined = range; left && readings.length < range.limit;) {
      const limit = Math.min(SLICE_READINGS, range.limit - readings.length);
      const slice: ReadingsSlice = await call(this.reader, 'readingsSlice', [{ ...left, limit }], signal);
      readings.push(...slice.readings);
      left = slice.rest && { ...left, ...slice.rest, after: slice.readings.at(-1) ?? left.after };
    }
    return readings;
  }

  async buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]> {
    const buckets = new BucketParts();
    await inGrowingSlices(range, async (slice, maxReadings) => {
      const found = await call(this.reader, 'bucketSlice', [slice, maxReadings], signal);
      for (const part of found.parts) buckets.add(part);
      return found;
    });
    return buckets.buckets();
  }

  async latencies(range: BucketRange, signal: AbortSignal): Promise<LatencyBucket[]> {
    const buckets: LatencyBucket[] = [];
    let open: OpenLatencies | undefined;
    await inGrowingSlices(range, async (slice, maxReadings) => {
      const found = await call(this.reader, 'latencySlice', [slice, maxReadings, open], signal);
      buckets.push(...found.buckets);
      open = found.open;
      return found;
    });
    return buckets;
  }

  /** It knows neither the zone nor the times of a sensor without looking at its readings, so it gives all sensors. */
  async *sensorIds(_range: SensorsRange, signal: AbortSignal): AsyncIterable<string> {
    for (let after: string | undefined = ''; after !== undefined;) {
      const sensorIds: string[] = await call(this.reader, 'sensorIdsAfter', [after], signal);
      yield* sensorIds;
      after = sensorIds.at(-1);
    }
  }

  async *allLatest(signal: AbortSignal): AsyncIterable<Reading> {
    for (let afterSensorId: string | undefined = ''; afterSensorId !== undefined;) {
      const { readings, lastSensorId }: Awaited<ReturnType<EmbeddedReaderCalls['latestPage']>> = await call(
        this.reader,
        'latestPage',
        [afterSensorId],
        signal,
      );
      yield* readings;
      afterSensorId = lastSensorId;
    }
  }

  /** Closes the writer last: it checkpoints the file. */
  async close(): Promise<void> {
    await this.retention?.stop();
    await this.reader.close();
    await this.writer.close();
  }
}

/** Runs the slices of a range one after the other, each with twice as many readings as the last while that is quick. */
async function inGrowingSlices(
  range: BucketRange,
  run: (slice: BucketRange, maxReadings: number) => Promise<{ endUs: number; tookMs: number }>,
): Promise<void> {
  let { fromUs } = range;
  for (let maxReadings = FIRST_SLICE_READINGS; fromUs < range.toUs;) {
    const { endUs, tookMs } = await run({ ...range, fromUs }, maxReadings);
    fromUs = endUs;
    if (tookMs < SLICE_MS) maxReadings *= 2;
  }
}

/** @returns how many readings all slices have counted or deleted */
async function inSlices(
  deletion: Deletion,
  run: (slice: Deletion) => Promise<DeletionSlice>,
): Promise<number> {
  let total = 0;
  for (let fromUs: number | undefined = deletion.fromUs; fromUs !== undefined;) {
    const { readings, nextUs }: DeletionSlice = await run({ ...deletion, fromUs });
    total += readings;
    fromUs = nextUs;
  }
  return total;
}

function openThread<C extends Calls>(
  script: string,
  file: string,
  options: EmbeddedStoreOptions,
): Promise<CallThread<C>> {
  const { readOnly } = options;
  return CallThread.open<C>(new URL(script, import.meta.url), file, options, { readOnly });
}

async function call<C extends Calls, M extends keyof C & string>(
  thread: CallThread<C>,
  method: M,
  args: Parameters<C[M]>,
  signal: AbortSignal,
): Promise<ReturnType<C[M]>> {
  try {
    return await thread.call(method, args, signal);
  } catch (error) {
    const message = `The embedded store failed: ${(error as Error).message}`;
    throw new StoreUnavailable(message, RETRY_AFTER_MS, error);
  }
}
