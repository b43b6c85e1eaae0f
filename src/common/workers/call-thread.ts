import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { CallError } from '../errors/call-error.js';
import { StartError } from '../errors/start-error.js';
import { explainDiskError, mayNeedSpace } from '../disk/explain-disk-error.js';

/** The functions that a thread offers, over values that can be copied between threads; promises are awaited. */
export type Calls = Record<string, (...args: never[]) => unknown>;

/** The functions with which a thread answers for some methods of an object: what they return, without the promise. */
export type CallsOf<T, Names extends keyof T> = {
  [Name in Names]: T[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : never;
};

/** The message of a thread that is ready. */
export interface Opened {
  readonly damagedFile: string | undefined;
}

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What the thread waits for after NEEDS_SPACE, before it repeats the call. */
export const SPACE_MADE = 'space made';
/** The disk is too full for a call. Calls behind it wait, so that it is still the next one when it is repeated. */
export const NEEDS_SPACE = 'needs space';

export type Response =
  | typeof NEEDS_SPACE
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } };

/** How to handle problems with files below DATA_DIR. */
export interface FileOptions {
  /** The folder that damaged files are moved to; undefined when they must stay in place, so that they cannot be opened. */
  readonly aside: string | undefined;
  /** Frees disk space when the disk is full. */
  readonly makeRoom: () => void;
}

/**
 * V8 would let the young generation of each thread's heap grow to 48 MiB, or 96 on newer Nodes, before it collects garbage.
 * The data of these threads lives only for one call: a quarter of that costs no more time (docs/performance.md).
 */
const LIMITS = { maxYoungGenerationSizeMb: 12 };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that owns files, so that the event loop never waits for the disk.
 * Calls are answered in the order they were made. When the thread dies, the process exits:
 * a gateway that cannot reach its own disk should be restarted.
 */
export class CallThread<C extends Calls> {
  private readonly waiting = new Map<number, Waiting>();
  private readonly exited: Promise<unknown>;
  private lastId = 0;
  private closing = false;

  private constructor(
    private readonly worker: Worker,
    private readonly path: string,
    private readonly makeRoom: () => void,
    /** Where a damaged file was moved to; undefined when the file was sound. */
    readonly damagedFile: string | undefined,
  ) {
    this.exited = once(worker, 'exit');
    worker.on('message', (response: Response) => {
      this.settle(response);
    });
    worker.on('exit', (exitCode) => {
      if (!this.closing) throw new Error(`A thread that owns files ended by itself with code ${exitCode}`);
    });
  }

  /**
   * @param script the thread's module, which calls serveCalls()
   * @param path of the file or folder that it opens, created when it is missing
   * @param more further data for the thread's module
   * @throws StartError that says what cannot be opened, and why
   */
  static async open<C extends Calls>(
    script: URL,
    path: string,
    { aside, makeRoom }: FileOptions,
    more: object = {},
  ): Promise<CallThread<C>> {
    const start = async (): Promise<CallThread<C>> => {
      const worker = new Worker(script, { workerData: { path, aside, ...more }, resourceLimits: LIMITS });
      const [{ damagedFile }] = (await once(worker, 'message')) as [Opened];
      return new CallThread<C>(worker, path, makeRoom, damagedFile);
    };
    try {
      return await start().catch((error: unknown) => {
        if (!mayNeedSpace(error)) throw error;
        makeRoom();
        return start();
      });
    } catch (error) {
      throw new StartError(explainDiskError(path, error), { cause: error });
    }
  }

  /**
   * @throws CallError when the call failed or the thread is closed
   * @throws the signal's reason when it was aborted; the thread may still run the call
   */
  async call<M extends keyof C & string>(
    method: M,
    args: Parameters<C[M]>,
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<C[M]>>> {
    signal?.throwIfAborted();
    if (this.closing) throw new CallError('the gateway is shutting down', '');
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
      })) as Awaited<ReturnType<C[M]>>;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Waits for the calls made so far, closes the file and ends the thread. May be called twice. */
  async close(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.worker.postMessage(undefined);
    }
    await this.exited;
  }

  private settle(response: Response): void {
    if (response === NEEDS_SPACE) {
      this.makeRoom();
      this.worker.postMessage(SPACE_MADE);
      return;
    }
    const waiting = this.waiting.get(response.id);
    this.waiting.delete(response.id);
    if ('error' in response) {
      waiting?.reject(new CallError(response.error.message, response.error.code, this.path));
    } else {
      waiting?.resolve(response.result);
    }
  }
}
