import type { RememberedAnswer } from '../journal/entry.js';

/** An answer that is to be remembered. */
export type NewAnswer = Omit<RememberedAnswer, 'expiresUs'>;

/** The first answers to requests with an Idempotency-Key, as the intake of readings sees them. */
export abstract class RememberedAnswers {
  /** The first answer under a key, if it has not expired. */
  abstract find(key: string): Promise<RememberedAnswer | undefined>;

  /**
   * Makes sure that a holder has room for one more answer, at least for a small one.
   * @throws GatewayError IDEMPOTENCY_FULL
   */
  abstract makeRoom(holder: string): Promise<void>;

  /**
   * Counts an answer, until it is on disk or settle() is called. It is remembered for 24 hours from now.
   * @returns the answer as it is to be kept
   * @throws GatewayError IDEMPOTENCY_FULL
   */
  abstract reserve(answer: NewAnswer): RememberedAnswer;

  /** Frees what was reserved for an answer, unless its record is on disk. */
  abstract settle(answer: RememberedAnswer): void;
}
