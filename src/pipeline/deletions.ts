import type { Entry } from '../journal/entry-codec.js';
import type { Position } from '../journal/journal-entry.js';
import { covers, type RequestedDeletion } from '../model/deletion.js';
import type { Point } from '../model/dead-letter.js';

/** A deletion that was carried out. */
export interface DeletionResult {
  readonly position: Position;
  readonly deletion: RequestedDeletion;
  /** How many readings of the store it deleted. */
  readonly readings: number;
  /** How many dead letters it deleted. */
  readonly deadLetters: number;
  /** Why the store will never carry it out; its readings are still there then, or some of them. */
  readonly refusal: string | undefined;
}

/** A deletion that is in the journal. */
export interface JournaledDeletion {
  readonly position: Position;
  readonly deletion: RequestedDeletion;
}

interface Unfinished {
  readonly deletion: RequestedDeletion;
  /** Undefined while it is on its way to the disk. */
  position: Position | undefined;
  readonly finish: (result: DeletionResult) => void;
}

/** The deletions that are on their way to the store. */
export class Deletions {
  private readonly unfinished = new Set<Unfinished>();
  private readonly acceptedListeners: ((accepted: JournaledDeletion) => void)[] = [];
  private readonly finishedListeners: ((result: DeletionResult) => void)[] = [];
  private accept: (entry: Entry) => Promise<void> = () => Promise.reject(new Error('not open yet'));

  /** @param accept puts an entry into the journal */
  use(accept: (entry: Entry) => Promise<void>): void {
    this.accept = accept;
  }

  /** How many are not finished. */
  get size(): number {
    return this.unfinished.size;
  }

  /** Those that are in the journal, in order. */
  get journaled(): JournaledDeletion[] {
    return [...this.unfinished].flatMap(({ position, deletion }) =>
      position === undefined ? [] : [{ position, deletion }],
    );
  }

  /**
   * Returns once a deletion is on disk and can no longer be lost.
   * @returns a promise of its result
   * @throws GatewayError as Intake.accept(): nothing is deleted then
   */
  async request(deletion: RequestedDeletion): Promise<{ readonly finished: Promise<DeletionResult> }> {
    // Also while it is on its way to the disk: no replay may come behind it with what it covers.
    const { one, finished } = this.add(deletion, undefined);
    try {
      await this.accept({ acceptedMs: Date.now(), readings: [], deletion });
    } catch (error) {
      this.unfinished.delete(one);
      throw error;
    }
    return { finished };
  }

  /** Whether a dead letter is of a reading that is deleted. Those of readings that were accepted later are not saved yet. */
  covers(point: Point): boolean {
    if (this.unfinished.size === 0) return false;
    for (const { deletion } of this.unfinished) if (covers(deletion, point)) return true;
    return false;
  }

  /** Takes a deletion that the start found in the journal. */
  restore({ position, deletion }: JournaledDeletion): void {
    this.add(deletion, position);
  }

  /** Takes the position of a deletion that is on disk now. */
  accepted({ position, deletion }: JournaledDeletion): void {
    for (const one of this.unfinished) if (one.deletion === deletion) one.position = position;
    for (const listener of this.acceptedListeners) listener({ position, deletion });
  }

  /** Takes the result of a deletion that has left the journal. */
  finish(result: DeletionResult): void {
    for (const one of this.unfinished) {
      if (one.position !== result.position) continue;
      this.unfinished.delete(one);
      one.finish(result);
    }
    for (const listener of this.finishedListeners) listener(result);
  }

  /** Calls the listener with each deletion that is on disk. */
  onAccepted(listener: (accepted: JournaledDeletion) => void): void {
    this.acceptedListeners.push(listener);
  }

  /** Calls the listener with the result of each deletion. */
  onFinished(listener: (result: DeletionResult) => void): void {
    this.finishedListeners.push(listener);
  }

  private add(
    deletion: RequestedDeletion,
    position: Position | undefined,
  ): { one: Unfinished; finished: Promise<DeletionResult> } {
    const { promise, resolve } = withResolvers<DeletionResult>();
    const one = { deletion, position, finish: resolve };
    this.unfinished.add(one);
    return { one, finished: promise };
  }
}

/** Promise.withResolvers() of Node 22. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
