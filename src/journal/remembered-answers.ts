import { type GatewayError, tryAgain } from '../errors/gateway-error.js';
import type { CallThread } from '../threads/call-thread.js';
import type { RememberedAnswer } from './entry.js';
import type { PipelineStateCalls } from './pipeline-state.worker.js';

/** Answers that are in the journal and not yet in the state file: so many are written there at once. */
const SAVE_AT = 500;
const FORGET_EVERY_MS = 60_000;

/** The bytes an answer is taken to need on disk. */
export function rememberedSize({ key, fingerprint, answer }: RememberedAnswer): number {
  return key.length + fingerprint.length + answer.length + 32;
}

/**
 * The first answers to requests with an Idempotency-Key. They are written in one record with their readings, found
 * in memory until the state file has them too, and forgotten when they expire, never earlier.
 */
export class RememberedAnswers {
  private readonly unsaved = new Map<string, RememberedAnswer>();
  private saving: Promise<void> | undefined;
  private forgottenMs = 0;

  constructor(
    private readonly state: CallThread<PipelineStateCalls>,
    private readonly maxBytes: number,
    private bytes: number,
  ) {}

  /** The first answer under a key, if it has not expired. */
  async find(key: string, nowUs: number): Promise<RememberedAnswer | undefined> {
    const found = this.unsaved.get(key) ?? (await this.state.call('recall', [key]));
    return found && found.expiresUs > nowUs ? found : undefined;
  }

  /**
   * Makes sure that one more can be remembered.
   * @throws GatewayError IDEMPOTENCY_FULL
   */
  async reserve(nowMs: number): Promise<void> {
    if (this.bytes < this.maxBytes && nowMs < this.forgottenMs + FORGET_EVERY_MS) return;
    if (nowMs >= this.forgottenMs + FORGET_EVERY_MS) {
      this.forgottenMs = nowMs;
      const saved = await this.state.call('forgetExpired', [nowMs * 1000]);
      this.bytes = saved + [...this.unsaved.values()].reduce((sum, one) => sum + rememberedSize(one), 0);
    }
    if (this.bytes >= this.maxBytes) throw full();
  }

  /** Takes one whose record is on disk. */
  add(answer: RememberedAnswer): void {
    this.unsaved.set(answer.key, answer);
    this.bytes += rememberedSize(answer);
    if (this.unsaved.size >= SAVE_AT) this.saving ??= this.save();
  }

  /** Those among what is released from the journal that the state file does not have yet. */
  unsavedOf(answers: readonly RememberedAnswer[]): RememberedAnswer[] {
    return answers.filter(({ key }) => this.unsaved.has(key));
  }

  /** The state file has them now. */
  saved(answers: readonly RememberedAnswer[]): void {
    for (const answer of answers) {
      if (this.unsaved.get(answer.key)?.expiresUs === answer.expiresUs) this.unsaved.delete(answer.key);
    }
  }

  private async save(): Promise<void> {
    const answers = [...this.unsaved.values()];
    try {
      await this.state.call('remember', [answers]);
      this.saved(answers);
    } catch {
      // They stay in memory and in the journal; they are written when the journal lets go of them.
    } finally {
      this.saving = undefined;
    }
  }
}

function full(): GatewayError {
  return tryAgain(
    'IDEMPOTENCY_FULL',
    'No more Idempotency-Keys can be remembered now; send the request later, or without a key',
    60,
  );
}
