import type { Entry } from '../journal/entry.js';
import type { DeadLetter, Point } from '../model/dead-letter.js';
import type { Deletions } from './deletions.js';
import type { DeadLetterUsage } from './dead-letter-bound.js';
import { orTryAgain } from './or-try-again.js';
import type { Ledger } from './state/ledger.js';

/** Ids that are read at once, to find those that are not being replayed. */
const IDS_AT_ONCE = 10_000;

/** A replay: the entry that brings dead letters back, and their ids. */
export type ReplayEntry = Entry & Required<Pick<Entry, 'replayed'>>;

/** The dead letters: what the store refused for good, until somebody replays or deletes it. */
export class DeadLetterStore {
  /**
   * @param replaying dead letters that are in the journal again. They count as queued. Their rows are deleted by the step
   *   in which their entry leaves the journal, so a crash in between needs no repair, and a ledger that fails loses
   *   nothing.
   * @param deletions those that are on their way; a replay behind one must not bring back what it deletes
   * @param accept puts an entry into the journal
   */
  constructor(
    private readonly ledger: Ledger,
    private readonly usage: DeadLetterUsage,
    private readonly replaying: ReadonlySet<number>,
    private readonly deletions: Pick<Deletions, 'covers'>,
    private readonly accept: (entry: Entry) => Promise<void>,
  ) {}

  /**
   * @returns at most `limit` dead letters that follow an id, in the order of their ids
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  list(afterId: number, limit: number): Promise<DeadLetter[]> {
    return orTryAgain(async () => {
      if (this.replaying.size === 0) return this.ledger.deadLetters(afterId, limit);
      const found: number[] = [];
      for (let after: number | undefined = afterId; after !== undefined && found.length < limit;) {
        const ids: number[] = await this.ledger.deadLetterIds(after, IDS_AT_ONCE);
        for (const id of ids) if (!this.replaying.has(id)) found.push(id);
        after = ids.at(-1);
      }
      return this.ledger.deadLettersOf(found.slice(0, limit));
    });
  }

  /**
   * All dead letters of the points that follow one, ordered by point and id, about `limit` at once; empty when there are
   * none. They include those that are being replayed.
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  listByPoint(after: Point | undefined, limit: number): Promise<DeadLetter[]> {
    return orTryAgain(() => this.ledger.deadLettersByPoint(after, limit));
  }

  /**
   * The id of the newest dead letter; 0 when there is none.
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  lastId(): Promise<number> {
    return orTryAgain(() => this.ledger.lastDeadLetterId());
  }

  /** Whether a dead letter can be replayed: it is not in the journal again, and no deletion on its way deletes it. */
  canReplay({ id, reading }: DeadLetter): boolean {
    return !this.replaying.has(id) && !this.deletions.covers(reading);
  }

  /**
   * Returns once the dead letters are in the journal again. canReplay() must have said so since the last await.
   * @throws GatewayError as the intake does: they stay dead letters
   */
  replay(entry: ReplayEntry): Promise<void> {
    return this.accept(entry);
  }

  /**
   * @returns false when there is none with that id
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  async delete(id: number): Promise<boolean> {
    if (this.replaying.has(id)) return false;
    const deleted = await orTryAgain(() => this.ledger.deleteDeadLetter(id));
    if (deleted) this.usage.add(deleted.sensorId, -deleted.bytes);
    return deleted !== undefined;
  }

  /**
   * For each point, whether there is a dead letter of it with a higher id.
   * @throws CallError
   */
  hasNewer(points: readonly (Point & { readonly id: number })[]): Promise<boolean[]> {
    return this.ledger.hasNewerDeadLetter(points);
  }
}
