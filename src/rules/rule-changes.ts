import { tryAgain } from '../common/errors/gateway-error.js';
import type { Position } from '../journal/journal-entry.js';

/** A change of the rules waits this long at most until it is applied. */
const TIMEOUT_MS = 10_000;

interface Change {
  readonly apply: () => Promise<void>;
  readonly after: Position;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Changes of the rules. Each waits until the rules have judged the journal up to its position. */
export class RuleChanges {
  private readonly queue: Change[] = [];

  /** @param onAdded called when a change was added */
  constructor(private readonly onAdded: () => void) {}

  /** How many wait. */
  get size(): number {
    return this.queue.length;
  }

  /**
   * Returns once the change is applied.
   * @param after readings up to this position are judged by the rules as they were
   * @throws GatewayError TOO_BUSY or JOURNAL_UNAVAILABLE: nothing has changed then
   */
  add(apply: () => Promise<void>, after: Position): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const change: Change = { apply, after, resolve, reject };
      this.queue.push(change);
      this.onAdded();
      setTimeout(() => {
        const index = this.queue.indexOf(change);
        if (index < 0) return;
        this.queue.splice(index, 1);
        reject(tryAgain('TOO_BUSY', 'The rules are behind with accepted readings; try again later', 5));
      }, TIMEOUT_MS).unref();
    });
  }

  /** Applies the changes whose turn has come, in the order in which they were added. */
  async applyUpTo(position: Position): Promise<void> {
    for (let next = this.queue[0]; next && next.after <= position; next = this.queue[0]) {
      this.queue.shift();
      try {
        await next.apply();
        next.resolve();
      } catch (error) {
        next.reject(tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error));
      }
    }
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.queue.splice(0)) reject(error);
  }
}
