import { type Reading } from '../reading/reading.js';
import { CallThread, type FileOptions } from '../threads/call-thread.js';
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
  readonly local = true;
  /** SQLite has one writer, and one commit for all is cheapest. */
  readonly concurrentWrites = 1;
  readonly state: StoreState = { state: 'up', reason: '' };

  private constructor(private readonly thread: CallThread<EmbeddedStoreCalls>) {
    super();
  }

  /**
   * @param file the SQLite file, made when it is missing; one that is damaged is kept aside
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: FileOptions): Promise<EmbeddedStore> {
    const script = new URL('./embedded-store.worker.js', import.meta.url);
    return new EmbeddedStore(await CallThread.open(script, file, options));
  }

  /** Where a file that was found damaged is kept now; with it all readings before this start are gone. */
  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
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

  async *allLatest(signal: AbortSignal): AsyncIterable<Reading> {
    for (let page = await this.call('latestPage', [''], signal); page.length > 0;) {
      yield* page;
      page = await this.call('latestPage', [page.at(-1)?.sensorId ?? ''], signal);
    }
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async call<M extends keyof EmbeddedStoreCalls & string>(
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
