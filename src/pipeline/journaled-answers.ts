import { Logger } from '@nestjs/common';

import type { ExpiryClock } from '../clock/expiry-clock.js';
import type { Leap } from '../clock/leap.js';
import type { SteadyClock } from '../clock/steady-clock.js';
import { FairShare, type Shortage } from '../common/scheduling/fair-share.js';
import { ShareWarning } from '../common/scheduling/share-warning.js';
import { type GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import type { RememberedAnswer } from '../journal/entry.js';
import type { Ledger } from './state/ledger.js';
import { type NewAnswer, RememberedAnswers } from './remembered-answers.js';
import { compressed, decompressed, holderOf, movedExpiry, rememberedSize } from './answer-storage.js';

/** When this many answers are in the journal and not yet in the ledger, they are written there. */
const SAVE_AT = 500;
const FORGET_EVERY_MS = 60_000;
/** How long an answer is remembered: 24 hours. */
const REMEMBER_MS = 86_400_000;

/** An answer that the ledger does not have yet. */
interface Unsaved {
  /** As it is in the journal. */
  readonly journaled: RememberedAnswer;
  /** The same, but its expiry moves when the clock is set. */
  readonly current: RememberedAnswer;
}

/**
 * The first answers to requests with an Idempotency-Key. They are written in one record with their readings, found
 * in memory until the ledger has them too, and forgotten when they expire, never earlier.
 */
export class JournaledAnswers extends RememberedAnswers {
  /** Reserved, and on their way to the disk: each as it is written, and as it expires after the clock was set meanwhile. */
  private readonly reserved = new Map<RememberedAnswer, RememberedAnswer>();
  private readonly unsaved = new Map<string, Unsaved>();
  private readonly share = new FairShare();
  private readonly warning = new ShareWarning(new Logger('RememberedAnswers'));
  private saving: Promise<void> | undefined;
  private forgottenAtMs = -Infinity;

  constructor(
    private readonly ledger: Ledger,
    private readonly maxBytes: number,
    private readonly clock: ExpiryClock,
    private readonly steady: Pick<SteadyClock, 'ms'>,
  ) {
    super();
    clock.onLeap((leap) => void this.correct(leap).catch(() => undefined));
  }

  /** The estimated bytes of all answers on disk, and of those on their way there. */
  get bytes(): number {
    return this.share.total;
  }

  override async find(key: string): Promise<RememberedAnswer | undefined> {
    // First, because this corrects when answers expire after the machine's clock was set.
    const nowUs = this.clock.nowMs * 1000;
    const found = this.unsaved.get(key)?.current ?? (await this.ledger.recall(key));
    if (!found) return undefined;
    if (found.expiresUs > nowUs) return decompressed(found);
    // Another one replaces it: its bytes must no longer count.
    this.forgottenAtMs = -Infinity;
    return undefined;
  }

  override async makeRoom(holder: string): Promise<void> {
    this.share.recordUse(holder);
    if (this.steady.ms >= this.forgottenAtMs + FORGET_EVERY_MS) {
      this.forgottenAtMs = this.steady.ms;
      const nowUs = this.clock.nowMs * 1000;
      await this.count(() => this.ledger.forgetExpired(nowUs, [...this.unsaved.keys()]), nowUs);
    }
    this.check(holder, 1);
  }

  override reserve(answer: NewAnswer): RememberedAnswer {
    const one = compressed({ ...answer, expiresUs: this.latestUs() });
    const bytes = rememberedSize(one);
    this.check(holderOf(one), bytes);
    this.share.take(holderOf(one), bytes);
    this.reserved.set(one, one);
    return one;
  }

  override settle(answer: RememberedAnswer): void {
    if (this.reserved.delete(answer)) this.uncount(answer);
  }

  /** Takes an answer whose record is on disk. */
  add(answer: RememberedAnswer): void {
    const current = this.reserved.get(answer) ?? answer;
    // After a start it comes from the journal and was never reserved.
    if (!this.reserved.delete(answer)) this.share.take(holderOf(answer), rememberedSize(answer));
    const before = this.unsaved.get(answer.key);
    if (before) this.uncount(before.journaled);
    this.unsaved.set(answer.key, { journaled: answer, current });
    if (this.unsaved.size >= SAVE_AT) this.saving ??= this.save();
  }

  /** Counts the answers that exist after a start, and bounds what a wrong clock wrote. */
  async restored(): Promise<void> {
    await this.adoptExpiry();
    if (this.clock.dateMs !== undefined) await this.correct();
    await this.count(() => this.ledger.rememberedBytes([...this.unsaved.keys()]));
  }

  /** The answers among these, released from the journal, that the ledger does not have yet. */
  unsavedOf(answers: readonly RememberedAnswer[]): RememberedAnswer[] {
    return answers.flatMap(({ key, expiresUs }) => {
      const unsaved = this.unsaved.get(key);
      // An older answer under the same key must not replace a newer one.
      return unsaved?.journaled.expiresUs === expiresUs ? [unsaved.current] : [];
    });
  }

  /** The ledger has them now. */
  saved(answers: readonly RememberedAnswer[]): void {
    for (const answer of answers)
      if (this.unsaved.get(answer.key)?.current === answer) this.unsaved.delete(answer.key);
  }

  /** When an answer expires that is remembered from now on; no other one expires later. */
  private latestUs(): number {
    return Math.floor(this.clock.after(REMEMBER_MS) * 1000);
  }

  /** @param leap after it, every answer is remembered for as long as it would have been without it */
  private async correct(leap?: Leap): Promise<void> {
    const latestUs = this.latestUs();
    for (const [answer, current] of this.reserved)
      this.reserved.set(answer, { ...current, expiresUs: movedExpiry(current.expiresUs, leap, latestUs) });
    for (const [key, { journaled, current }] of this.unsaved) {
      const expiresUs = movedExpiry(current.expiresUs, leap, latestUs);
      if (expiresUs !== current.expiresUs)
        this.unsaved.set(key, { journaled, current: { ...current, expiresUs } });
    }
    const moving = this.ledger.moveExpiry(leap, latestUs);
    // The journal does not know of the leap, so the ledger should have all that count.
    if (leap?.before) {
      const nowUs = leap.after.expiryMs * 1000;
      await this.save(nowUs);
    }
    await moving;
  }

  /** What the ledger says of answers that are still in the journal was corrected after leaps of earlier runs. */
  private async adoptExpiry(): Promise<void> {
    const nowUs = this.clock.nowMs * 1000;
    for (const { key, fingerprint, expiresUs } of await this.ledger.remembered([...this.unsaved.keys()])) {
      const { journaled } = this.unsaved.get(key) ?? {};
      // One that has expired may be an earlier answer under the same key.
      if (journaled?.fingerprint === fingerprint && expiresUs > nowUs)
        this.unsaved.set(key, { journaled, current: { ...journaled, expiresUs } });
    }
  }

  private uncount(answer: RememberedAnswer): void {
    this.share.release(holderOf(answer), rememberedSize(answer));
  }

  /**
   * @param ask gives the bytes of each holder in the ledger, without the answers that are unsaved now
   * @param nowUs when it also deletes what has expired: up to when
   */
  private async count(
    ask: () => Promise<[holder: string, bytes: number][]>,
    nowUs = -Infinity,
  ): Promise<void> {
    const before = [...this.unsaved.values()];
    const saved = await ask();
    // What was saved meanwhile is not among the bytes; what had expired was deleted right after it was saved.
    const unsaved = new Set(
      before.filter(({ current }) => current.expiresUs > nowUs).map(({ journaled }) => journaled),
    );
    // Answers that were added meanwhile cannot have been in the file when it was asked.
    for (const answer of [...this.inMemory(), ...this.reserved.keys()]) unsaved.add(answer);
    this.share.clear();
    for (const [holder, bytes] of saved) this.share.take(holder, bytes);
    for (const answer of unsaved) this.share.take(holderOf(answer), rememberedSize(answer));
  }

  private allUnsaved(): RememberedAnswer[] {
    return Array.from(this.unsaved.values(), ({ current }) => current);
  }

  /** Those that count although the ledger does not have them. Their sizes do not depend on when they expire. */
  private inMemory(): RememberedAnswer[] {
    return Array.from(this.unsaved.values(), ({ journaled }) => journaled);
  }

  private check(holder: string, bytes: number): void {
    const shortage = this.share.whyNot(holder, bytes, this.maxBytes - this.bytes);
    if (shortage === 'share')
      this.warning.warn(
        `The ${holder} has its share of the answers that are remembered (IDEMPOTENCY_MAX_BYTES): ${this.share.heldBy(holder)} bytes`,
      );
    if (shortage) throw full(shortage, holder);
  }

  /** @param afterUs only those that expire later */
  private async save(afterUs = -Infinity): Promise<void> {
    try {
      // First, because this corrects when answers expire after the machine's clock was set.
      const nowUs = this.clock.nowMs * 1000;
      const answers = this.allUnsaved().filter(({ expiresUs }) => expiresUs > afterUs);
      await this.ledger.remember(answers, nowUs);
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
