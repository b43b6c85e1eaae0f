import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { StartError } from '../errors/start-error.js';

/** The calls that a SQLite thread answers: plain functions over values that can be copied between threads. */
export type Calls = Record<string, (...args: never[]) => unknown>;

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } };

/** A call that failed in the thread; `code` is SQLite's (SQLITE_FULL, SQLITE_CORRUPT, …) or ''. */
export class SqliteThreadError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
    this.name = 'SqliteThreadError';
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that owns one SQLite file, so that the event loop never waits for the disk.
 * Calls are answered in the order they were made. A thread that dies of itself takes the process with it:
 * a gateway that cannot reach its own disk is better restarted than half alive.
 */
export class SqliteThread<C extends Calls> {
  private readonly waiting = new Map<number, Waiting>();
  private readonly exited: Promise<unknown>;
  private lastId = 0;
  private closing = false;

  private constructor(private readonly worker: Worker) {
    this.exited = once(worker, 'exit');
    worker.on('message', (response: Response) => {
      this.settle(response);
    });
    worker.on('exit', (exitCode) => {
      if (!this.closing) throw new Error(`A SQLite thread ended by itself with code ${exitCode}`);
    });
  }

  /**
   * @param script the thread's module, which calls serveSqlite()
   * @param file the SQLite file it opens, made when it is missing
   * @throws StartError saying which file cannot be opened, and why
   */
  static async open<C extends Calls>(script: URL, file: string): Promise<SqliteThread<C>> {
    const worker = new Worker(script, { workerData: { file } });
    try {
      await once(worker, 'message');
    } catch (error) {
      throw new StartError(`Cannot open ${file}: ${(error as Error).message}`, { cause: error });
    }
    return new SqliteThread<C>(worker);
  }

  /**
   * @throws SqliteThreadError when the call failed or the thread is closed
   * @throws the signal's reason when it was aborted; the thread may carry out the call all the same
   */
  async call<M extends keyof C & string>(
    method: M,
    args: Parameters<C[M]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<C[M]>> {
    signal?.throwIfAborted();
    if (this.closing) throw new SqliteThreadError('the gateway is shutting down', '');
    const id = ++this.lastId;
    const abort = (): void => {
      this.waiting.get(id)?.reject(signal?.reason as Error);
      this.waiting.delete(id);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        this.waiting.set(id, { resolve, reject });
        this.worker.postMessage({ id, method, args } satisfies Request);
      })) as ReturnType<C[M]>;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Lets the calls made so far end, closes the file and ends the thread. May be called twice. */
  async close(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.worker.postMessage(undefined);
    }
    await this.exited;
  }

  private settle(response: Response): void {
    const waiting = this.waiting.get(response.id);
    this.waiting.delete(response.id);
    if ('error' in response) {
      waiting?.reject(new SqliteThreadError(response.error.message, response.error.code));
    } else {
      waiting?.resolve(response.result);
    }
  }
}
