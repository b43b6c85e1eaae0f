import { type Reading } from '../reading/reading.js';
import { SqliteThread } from '../sqlite/sqlite-thread.js';
import type { EmbeddedStoreCalls } from './embedded-store.worker.js';
import {
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type StoreState,
  StoreUnavailable,
} from './reading-store.js';

const RETRY_AFTER_MS = 5_000;

/** Readings in a SQLite file below DATA_DIR, for a gateway without InfluxDB. */
export class EmbeddedStore extends ReadingStore {
  readonly kind = 'the embedded store';
  readonly state: StoreState = { state: 'up', reason: '' };

  private constructor(private readonly thread: SqliteThread<EmbeddedStoreCalls>) {
    super();
  }

  /**
   * @param file the SQLite file, made when it is missing
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string): Promise<EmbeddedStore> {
    return new EmbeddedStore(
      await SqliteThread.open(new URL('./embedded-store.worker.js', import.meta.url), file),
    );
  }

  /** It lives and dies with the process, so its state never changes. */
  onStateChange(): void {
    return;
  }

  async write(readings: readonly Reading[], signal: AbortSignal): Promise<Refusal[]> {
    await this.call('write', [readings], signal);
    return [];
  }

  latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined> {
    return this.call('latest', [sensorId], signal);
  }

  readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]> {
    return this.call('readings', [range], signal);
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async call<M extends 'write' | 'latest' | 'readings'>(
    method: M,
    args: Parameters<EmbeddedStoreCalls[M]>,
    signal: AbortSignal,
  ): Promise<ReturnType<EmbeddedStoreCalls[M]>> {
    try {
      return await this.thread.call(method, args, signal);
    } catch (error) {
      const message = `The embedded store cannot do this now: ${(error as Error).message}`;
      throw new StoreUnavailable(message, RETRY_AFTER_MS, error);
    }
  }
}
