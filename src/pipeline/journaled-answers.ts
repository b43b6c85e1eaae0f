import { Logger } from '@nestjs/common';

import { FairShare, type Shortage } from '../common/scheduling/fair-share.js';
import { ShareWarning } from '../common/scheduling/share-warning.js';
import { type GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import type { CallThread } from '../common/workers/call-thread.js';
import type { RememberedAnswer } from '../journal/entry-codec.js';
import type { PipelineStateCalls } from './state/pipeline-state.js';
import { RememberedAnswers } from './remembered-answers.js';
import { compressed, decompressed, holderOf, rememberedSize } from './answer-storage.js';

/** When this many answers are in the journal and not yet in the state file, they are written there. */
const SAVE_AT = 500;
const FORGET_EVERY_MS = 60_000;

/**
 * The first answers to requests with an Idempotency-Key. They are written in one record with their readings, found
 * in memory until the state file has them too, and forgotten when they expire, never earlier.
 */
export class JournaledAnswers extends RememberedAnswers {
  /** Reserved, and on their way to the disk. */
  private readonly reserved = new Set<RememberedAnswer>();
  private readonly unsaved = new Map<string, RememberedAnswer>();
  private readonly share = new FairShare();
  private readonly warning = new ShareWarning(new Logger('RememberedAnswers'));
  private saving: Promise<void> | undefined;
  private lastForgottenMs = 0;

  constructor(
    private readonly state: CallThread<PipelineStateCalls>,
    private readonly maxBytes: number,
  ) {
    super();
  }

  /** The estimated bytes of all answers on disk, and of those on their way there. */
  get bytes(): number {
    return this.share.total;
  }

  override async find(key: string, nowUs: number): Promise<RememberedAnswer | undefined> {
    const found = this.unsaved.get(key) ?? (await this.state.call('recall', [key]));
    if (!found) return undefined;
    if (found.expiresUs > nowUs) return decompressed(found);
    // Another one replaces it: its bytes must no longer count.
    this.lastForgottenMs = 0;
    return undefined;
  }

  override async makeRoom(holder: string, nowMs: number): Promise<void> {
    this.share.recordUse(holder);
    if (nowMs >= this.lastForgottenMs + FORGET_EVERY_MS) {
      this.lastForgottenMs = nowMs;
      await this.count(() => this.state.call('forgetExpired', [nowMs * 1000, [...this.unsaved.keys()]]));
    }
    this.check(holder, 1);
  }

  override reserve(answer: RememberedAnswer): RememberedAnswer {
    const one = compressed(answer);
    const bytes = rememberedSize(one);
    this.check(holderOf(one), bytes);
    this.share.take(holderOf(one), bytes);
    this.reserved.add(one);
    return one;
  }

  override settle(answer: RememberedAnswer): void {
    if (this.reserved.delete(answer)) this.uncount(answer);
  }

  /** Takes an answer whose record is on disk. */
  add(answer: RememberedAnswer): void {
    // After a start it comes from the journal and was never reserved.
    if (!this.reserved.delete(answer)) this.share.take(holderOf(answer), rememberedSize(answer));
    const before = this.unsaved.get(answer.key);
    if (before) this.uncount(before);
    this.unsaved.set(answer.key, answer);
    if (this.unsaved.size >= SAVE_AT) this.saving ??= this.save();
  }

  /** Counts the answers that exist after a start. */
  async restored(): Promise<void> {
    await this.count(() => this.state.call('rememberedBytes', [[...this.unsaved.keys()]]));
  }

  /** The answers among these, released from the journal, that the state file does not have yet. */
  unsavedOf(answers: readonly RememberedAnswer[]): RememberedAnswer[] {
    return answers.filter((answer) => this.isUnsaved(answer));
  }

  /** The state file has them now. */
  saved(answers: readonly RememberedAnswer[]): void {
    for (const answer of answers) if (this.isUnsaved(answer)) this.unsaved.delete(answer.key);
  }

  /** An older answer under the same key must not replace a newer one. */
  private isUnsaved({ key, expiresUs }: RememberedAnswer): boolean {
    return this.unsaved.get(key)?.expiresUs === expiresUs;
  }

  private uncount(answer: RememberedAnswer): void {
    this.share.release(holderOf(answer), rememberedSize(answer));
  }

  /** @param ask gives the bytes of each holder in the state file, without the answers that are unsaved now */
  private async count(ask: () => Promise<[holder: string, bytes: number][]>): Promise<void> {
    const unsaved = new Set(this.unsaved.values());
    const saved = await ask();
    // Answers that were added meanwhile cannot have been in the file when it was asked.
    for (const answer of [...this.unsaved.values(), ...this.reserved]) unsaved.add(answer);
    this.share.clear();
    for (const [holder, bytes] of saved) this.share.take(holder, bytes);
    for (const answer of unsaved) this.share.take(holderOf(answer), rememberedSize(answer));
  }

  private check(holder: string, bytes: number): void {
    const shortage = this.share.whyNot(holder, bytes, this.maxBytes - this.bytes);
    if (shortage === 'share')
      this.warning.warn(
        `The ${holder} has its share of the answers that are remembered (IDEMPOTENCY_MAX_BYTES): ${this.share.heldBy(holder)} bytes`,
      );
    if (shortage) throw full(shortage, holder);
  }

  private async save(): Promise<void> {
    const answers = [...this.unsaved.values()];
    try {
      await this.state.call('remember', [answers]);
      this.saved(answers);
    } catch {
      // They stay in memory and in the journal; they are written when the journal releases them.
    } finally {
      this.saving = undefined;
    }
  }
}

function full(shortage: Shortage, holder: string): GatewayError {
  const why =
    shortage === 'whole'
      ? 'IDEMPOTENCY_MAX_BYTES is taken up by the answers of all senders'
      : `The ${holder} has its share of IDEMPOTENCY_MAX_BYTES, which others use, too`;
  return tryAgain('IDEMPOTENCY_FULL', `${why}. Send the request later, or without an Idempotency-Key`, 60);
}
