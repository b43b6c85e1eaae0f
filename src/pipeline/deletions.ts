import { type Entry, newEntry } from '../journal/entry.js';
import type { Position } from '../journal/journal-entry.js';
import { covers, type DeletionResult, type RequestedDeletion } from '../model/deletion.js';
import type { Point } from '../model/dead-letter.js';
import type { Ledger } from './state/ledger.js';

/** A deletion that is in the journal. */
export interface JournaledDeletion {
  readonly position: Position;
  readonly deletion: RequestedDeletion;
}

interface Unfinished {
  readonly deletion: RequestedDeletion;
  /** Undefined when nobody waits for it. */
  readonly finish: ((result: DeletionResult) => void) | undefined;
}

/** The deletions that are on their way to the store. */
export class Deletions {
  private readonly unfinished = new Map<RequestedDeletion, Unfinished>();
  /** Those that are in the journal, in order. */
  private readonly byPosition = new Map<Position, Unfinished>();
  private readonly bySensor = new Map<string, Set<Unfinished>>();
  private readonly acceptedListeners: ((accepted: JournaledDeletion) => void)[] = [];
  private readonly finishedListeners: ((result: DeletionResult) => void)[] = [];
  private accept: (entry: Entry) => Promise<void> = () => Promise.reject(new Error('not open yet'));

  constructor(private readonly ledger: Pick<Ledger, 'unrecordedDeletions' | 'recordedDeletion'>) {}

  /** @param accept puts an entry into the journal */
  use(accept: (entry: Entry) => Promise<void>): void {
    this.accept = accept;
  }

  /**
   * The results that recorded() was not called for, also of earlier runs.
   * @throws CallError
   */
  unrecorded(): Promise<DeletionResult[]> {
    return this.ledger.unrecordedDeletions();
  }

  /**
   * The result is in the system log.
   * @throws CallError
   */
  async recorded({ id }: DeletionResult): Promise<void> {
    await this.ledger.recordedDeletion(id);
  }

  /** How many are not finished. */
  get size(): number {
    return this.unfinished.size;
  }

  /** Those that are in the journal, in order. */
  get journaled(): JournaledDeletion[] {
    return Array.from(this.byPosition, ([position, { deletion }]) => ({ position, deletion }));
  }

  /**
   * Returns once a deletion is on disk and can no longer be lost.
   * @returns a promise of its result
   * @throws GatewayError as Intake.accept(): nothing is deleted then
   */
  async request(deletion: RequestedDeletion): Promise<{ readonly finished: Promise<DeletionResult> }> {
    // Also while it is on its way to the disk: no replay may come behind it with what it covers.
    const { promise, resolve } = withResolvers<DeletionResult>();
    const one = this.add(deletion, resolve);
    try {
      await this.accept(newEntry({ acceptedMs: Date.now(), readings: [], deletion }));
    } catch (error) {
      this.remove(one);
      throw error;
    }
    return { finished: promise };
  }

  /** Whether a dead letter is of a reading that is deleted. Those of readings that were accepted later are not saved yet. */
  covers(point: Point): boolean {
    for (const { deletion } of this.bySensor.get(point.sensorId) ?? [])
      if (covers(deletion, point)) return true;
    return false;
  }

  /** Takes a deletion that the start found in the journal. */
  restore({ position, deletion }: JournaledDeletion): void {
    this.byPosition.set(position, this.add(deletion));
  }

  /** Takes the position of a deletion that is on disk now. */
  accepted({ position, deletion }: JournaledDeletion): void {
    const one = this.unfinished.get(deletion);
    if (one) this.byPosition.set(position, one);
    for (const listener of this.acceptedListeners) listener({ position, deletion });
  }

  /** Those up to a position that are in the journal. */
  journaledUpTo(position: Position): JournaledDeletion[] {
    return this.journaled.filter((one) => one.position <= position);
  }

  /** Takes the result of a deletion that has left the journal. */
  finish(result: DeletionResult): void {
    const one = this.byPosition.get(result.position);
    this.byPosition.delete(result.position);
    if (one) this.remove(one);
    one?.finish?.(result);
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

  private add(deletion: RequestedDeletion, finish?: Unfinished['finish']): Unfinished {
    const one = { deletion, finish };
    this.unfinished.set(deletion, one);
    const ofSensor = this.bySensor.get(deletion.sensorId) ?? new Set();
    this.bySensor.set(deletion.sensorId, ofSensor.add(one));
    return one;
  }

  private remove(one: Unfinished): void {
    const { sensorId } = one.deletion;
    const ofSensor = this.bySensor.get(sensorId);
    this.unfinished.delete(one.deletion);
    ofSensor?.delete(one);
    if (ofSensor?.size === 0) this.bySensor.delete(sensorId);
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
