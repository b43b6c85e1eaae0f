import { tryAgain } from '../errors/gateway-error.js';
import type { ReadingStore } from '../influx/reading-store.js';
import type { Reading } from '../reading/reading.js';

/** Readings that may wait for the store at once; more are refused with TOO_BUSY. */
const MAX_WAITING = 20_000;
/** Readings in one write. */
const MAX_GROUP = 5_000;

/** The store's word on one reading: stored, or refused for good with its reason. */
export type Outcome = { readonly stored: true } | { readonly stored: false; readonly reason: string };

interface Waiting {
  readonly reading: Reading;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes to the store in groups: one group is under way, and all that arrive meanwhile form the next, so that
 * they share one fsync or one request. One at a time also keeps the order of acceptance: two writes of the
 * same point can never overtake each other.
 */
export class GroupWriter {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  constructor(
    private readonly store: ReadingStore,
    private readonly timeoutMs: number,
  ) {}

  /**
   * @returns once the store has the reading on disk or has refused it for good
   * @throws GatewayError TOO_BUSY when too many are waiting
   * @throws StoreUnavailable when the reading may not be stored
   */
  write(reading: Reading): Promise<Outcome> {
    if (this.waiting.length >= MAX_WAITING) {
      throw tryAgain(
        'TOO_BUSY',
        `${MAX_WAITING} readings are waiting for the store; send this one again later`,
        1,
      );
    }
    return new Promise<Outcome>((resolve, reject) => {
      this.waiting.push({ reading, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** @returns once nothing is waiting */
  async idle(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    // What arrives in the same turn of the event loop joins the first group.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const group = this.waiting.slice(0, MAX_GROUP);
      this.waiting = this.waiting.slice(MAX_GROUP);
      await this.writeGroup(group);
    }
    this.writing = undefined;
  }

  private async writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const readings = group.map(({ reading }) => reading);
      const refusals = await this.store.write(readings, AbortSignal.timeout(this.timeoutMs));
      const reasons = new Map(refusals.map(({ index, reason }) => [index, reason]));
      group.forEach(({ resolve }, index) => {
        const reason = reasons.get(index);
        resolve(reason === undefined ? { stored: true } : { stored: false, reason });
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
