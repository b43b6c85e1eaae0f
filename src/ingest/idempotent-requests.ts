import type { Principal } from '../auth/principal.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import type { RememberedAnswer } from '../journal/entry.js';
import type { RememberedAnswers } from '../pipeline/remembered-answers.js';
import type { Idempotency } from './ingest-context.js';

/** Carries out a request with an Idempotency-Key once; the same request again gets the first answer. */
export class IdempotentRequests {
  private readonly inFlight = new Map<string, { fingerprint: string; ended: Promise<unknown> }>();

  constructor(private readonly answers: RememberedAnswers) {}

  /**
   * @param carryOut accepts the request; it must store what `remember` returns together with the readings
   * @throws GatewayError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_FULL, and what `carryOut` throws
   */
  async run<T extends object>(
    { key: sentKey, fingerprint }: Idempotency,
    { keyId, holder }: Principal,
    carryOut: (remember: (answer: T) => RememberedAnswer) => Promise<T>,
  ): Promise<T> {
    // Each sender has its own keys. The id of an API key stays the same when the key is rotated.
    const key = keyId === undefined ? sentKey : `${keyId}\n${sentKey}`;
    // A request waits for an earlier one with the same key.
    for (let other = this.inFlight.get(key); other; other = this.inFlight.get(key)) {
      if (other.fingerprint !== fingerprint) throw keyReused();
      await other.ended;
    }
    const running = this.answerOnce({ key, fingerprint }, holder, carryOut);
    const ended = running.catch(() => undefined).finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, { fingerprint, ended });
    return running;
  }

  private async answerOnce<T extends object>(
    { key, fingerprint }: Idempotency,
    holder: string,
    carryOut: (remember: (answer: T) => RememberedAnswer) => Promise<T>,
  ): Promise<T> {
    const first = await this.answers.find(key);
    if (first) {
      if (first.fingerprint !== fingerprint) throw keyReused();
      return JSON.parse(first.answer) as T;
    }
    await this.answers.makeRoom(holder);
    return carryOut((answer) =>
      this.answers.reserve({ key, fingerprint, answer: JSON.stringify(answer), holder }),
    );
  }
}

function keyReused(): GatewayError {
  return new GatewayError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was used for another request within the last 24 hours; a new request needs a new key',
  );
}
