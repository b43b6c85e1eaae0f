import { type Bucket, BucketParts } from '../../model/bucket.js';
import { type Reading } from '../../model/reading.js';
import type { ReadingColumns } from '../../model/reading-columns.js';
import { toTuple } from '../../model/reading-tuple.js';
import { CallThread, type Calls, type FileOptions } from '../../common/workers/call-thread.js';
import type { EmbeddedReaderCalls } from './embedded-reader.worker.js';
import type { EmbeddedStoreCalls } from './embedded-store.worker.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import {
  type BucketRange,
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type StoreState,
} from '../reading-store.js';
import { Retention } from './retention.js';

const RETRY_AFTER_MS = 5_000;

/**
 * A question about many readings is answered in slices, so that others take their turns in between. A day of one
 * sensor's readings, one in 5 s, fits into the first: about 10 ms.
 */
const FIRST_SLICE_READINGS = 20_000;
const SLICE_MS = 20;
/** Readings themselves are given in slices of so many, about 5 ms each. */
const SLICE_READINGS = 2_000;

export interface EmbeddedStoreOptions extends FileOptions {
  /** How long readings are kept; without it for ever. */
  readonly keepMs?: number | undefined;
}

/**
 * Readings in a SQLite file below DATA_DIR, for a gateway without InfluxDB. One thread writes it and another
 * reads it, so that neither waits for the other.
 */
export class EmbeddedStore extends ReadingStore {
  readonly label = 'the embedded store';
  /** SQLite has one writer, and one commit for all is cheapest. */
  readonly concurrentWrites = 1;
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
    keepMs: number | undefined,
  ) {
    super();
    if (keepMs === undefined) return;
    this.retention = new Retention(keepMs, {
      dropBefore: (...step) => writer.call('dropBefore', step),
      giveBackSpace: () => writer.call('giveBackSpace', []),
    });
  }

  /**
   * @param file the SQLite file, made when it is missing; one that is damaged is kept aside
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
    // The writer comes first: it makes the file, or mends it.
    const writer = await openThread<EmbeddedStoreCalls>('./embedded-store.worker.js', file, options);
    const reader = await openThread<EmbeddedReaderCalls>('./embedded-reader.worker.js', file, options);
    return new EmbeddedStore(writer, reader, options.keepMs);
  }

  /** Where a file that was found damaged is kept now; with it all readings before this start are gone. */
  get damagedFile(): string | undefined {
    return this.writer.damagedFile;
  }

  /** It lives and dies with the process, so its state never changes. */
  onStateChange(): void {
    return;
  }

  async write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]> {
    await call(this.writer, 'write', [JSON.stringify(Array.from(readings, toTuple))], signal);
    return [];
  }

  copyEvents(): Promise<Refusal[]> {
    return Promise.resolve([]);
  }

  latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined> {
    return call(this.reader, 'latest', [sensorId], signal);
  }

  async readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]> {
    const readings: Reading[] = [];
    let { after } = range;
    for (let more = true; more && readings.length < range.limit;) {
      const limit = Math.min(SLICE_READINGS, range.limit - readings.length);
      const slice = await call(this.reader, 'readings', [{ ...range, after, limit }], signal);
      readings.push(...slice);
      after = slice.at(-1);
      more = slice.length === limit;
    }
    return readings;
  }

  async buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]> {
    const buckets = new BucketParts();
    let { fromUs } = range;
    for (let maxReadings = FIRST_SLICE_READINGS; fromUs < range.toUs;) {
      const slice = await call(this.reader, 'bucketSlice', [{ ...range, fromUs }, maxReadings], signal);
      for (const part of slice.parts) buckets.add(part);
      fromUs = slice.endUs;
      if (slice.tookMs < SLICE_MS) maxReadings *= 2;
    }
    return buckets.buckets();
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

  /** The writer goes last: it tidies the file up. */
  async close(): Promise<void> {
    await this.retention?.stop();
    await this.reader.close();
    await this.writer.close();
  }
}

function openThread<C extends Calls>(
  script: string,
  file: string,
  options: FileOptions,
): Promise<CallThread<C>> {
  return CallThread.open<C>(new URL(script, import.meta.url), file, options);
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
    const message = `The embedded store cannot do this now: ${(error as Error).message}`;
    throw new StoreUnavailable(message, RETRY_AFTER_MS, error);
  }
}
