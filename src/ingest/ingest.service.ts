import { Injectable, Logger } from '@nestjs/common';

import { AcceptanceClock } from '../clock/acceptance-clock.js';
import { ExpiryClock } from '../clock/expiry-clock.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import { ReadingStore } from '../influx/reading-store.js';
import { type Entry, newEntry, type RememberedAnswer } from '../journal/entry.js';
import { DeadLetterBound } from '../pipeline/dead-letter-bound.js';
import { Intake } from '../pipeline/intake.js';
import { RefusedCounter } from '../pipeline/refused-counter.js';
import { RememberedAnswers } from '../pipeline/remembered-answers.js';
import { KnownSensors } from '../registry/known-sensors.js';
import type { Principal } from '../auth/principal.js';
import type { NewReading, Reading } from '../model/reading.js';
import { Admission } from './admission.js';
import { IdempotentRequests } from './idempotent-requests.js';
import type { IngestContext } from './ingest-context.js';
import type { Submitted } from './record-refusal.js';
import type { Refusals, Verdicts } from './refusals.js';
import { SentTimes } from './sent-times.js';
import type { Retention } from './timestamp-limits.js';

interface Options<T> extends IngestContext {
  readonly sentTimes: SentTimes;
  /** Gives the line of a record in line protocol. The answer does not list the indexes of refused ones then. */
  readonly lineOf?: (index: number) => number;
  /**
   * Makes the answer, which is stored together with the readings.
   * @throws GatewayError to refuse the whole request
   */
  readonly answer: (verdicts: Verdicts) => T;
}

/** The only place that accepts readings, whichever protocol they come by. */
@Injectable()
export class IngestService {
  private readonly logger = new Logger(IngestService.name);
  private readonly admission: Admission;
  private readonly idempotentRequests: IdempotentRequests;

  constructor(
    config: GatewayConfig,
    sensors: KnownSensors,
    deadLetters: DeadLetterBound,
    private readonly intake: Intake,
    private readonly answers: RememberedAnswers,
    private readonly clock: AcceptanceClock,
    private readonly refused: RefusedCounter,
    store: ReadingStore,
    expiry: ExpiryClock,
  ) {
    const keepMs = store.appliesRetention ? config.store.retentionMs : undefined;
    const retention = (): Retention | undefined =>
      keepMs === undefined ? undefined : { keepMs, nowMs: expiry.nowMs };
    this.admission = new Admission(sensors, deadLetters, clock, config, retention);
    this.idempotentRequests = new IdempotentRequests(answers);
  }

  /**
   * Accepts the good records of a request, in one commit.
   * @returns the answer, once the accepted readings are on disk; a repeated request gets the first answer
   * @throws GatewayError what `answer` throws; IDEMPOTENCY_KEY_REUSED; RATE_LIMITED; a 503 when nothing was accepted and the
   *   request can be sent again
   */
  async accept<T extends object>(submitted: readonly Submitted[], options: Options<T>): Promise<T> {
    try {
      const { idempotency, principal } = options;
      return idempotency
        ? await this.idempotentRequests.run<T>(idempotency, principal, (remember) =>
            this.acceptAndCount(submitted, options, remember),
          )
        : await this.acceptAndCount(submitted, options);
    } catch (error) {
      if (error instanceof GatewayError) this.refused.addRequest(error, submitted.length);
      throw error;
    }
  }

  /**
   * Accepts the good ones among the readings of several requests of one sender, in one commit.
   * @returns these, the same objects in the same order, once they are on disk; nothing was kept or counted of the others
   * @throws Error when none can be accepted now: nothing was kept or counted
   */
  async acceptTogether(readings: readonly NewReading[], principal: Principal): Promise<readonly Reading[]> {
    const options = { principal, idempotency: undefined, sentTimes: EPOCH_MS, answer: acceptedOf };
    return (await this.acceptNow(readings, options)).given;
  }

  private async acceptAndCount<T extends object>(
    submitted: readonly Submitted[],
    options: Options<T>,
    remember?: (answer: T) => RememberedAnswer,
  ): Promise<T> {
    const { given, refusals } = await this.acceptNow(submitted, options, remember);
    for (const [code, records] of refusals.byCode) this.refused.add(code, records);
    return given;
  }

  private async acceptNow<T extends object>(
    submitted: readonly Submitted[],
    { principal, answer, sentTimes, lineOf }: Options<T>,
    remember?: (answer: T) => RememberedAnswer,
  ): Promise<{ readonly given: T; readonly refusals: Refusals }> {
    principal.takeReadings(submitted.length);
    this.admission.countSender(principal);
    const reserved: string[] = [];
    let remembered: RememberedAnswer | undefined;
    let verdicts: Verdicts;
    let given: T;
    try {
      const unstamped = countUnstamped(submitted);
      while (!this.clock.begin(unstamped)) await this.reserveStamps();
      verdicts = this.admission.decide(submitted, principal, reserved, { sentTimes, lineOf });
      try {
        given = answer(verdicts);
        if (verdicts.accepted.length > 0) remembered = remember?.(given);
      } catch (error) {
        this.admission.takeBack(verdicts.accepted, verdicts.stamps);
        throw error;
      }
      if (verdicts.accepted.length > 0) await this.intake.accept(this.toEntry(verdicts, remembered));
    } finally {
      this.admission.release(reserved);
      if (remembered) this.answers.settle(remembered);
    }
    return { given, refusals: verdicts.refusals };
  }

  /** Of the request that the clock has begun. */
  private toEntry({ accepted: readings, stamps }: Verdicts, remembered: RememberedAnswer | undefined): Entry {
    const acceptedMs = Math.floor(this.clock.nowUs / 1000);
    const { steadyTime: steady } = this.clock;
    // By a clock that is not set, no earlier reading may seem to lie ahead.
    const residue = this.clock.isSet ? this.clock.residue : undefined;
    return newEntry({ acceptedMs, readings, stamps, residue, steady, remembered });
  }

  /** @throws GatewayError JOURNAL_UNAVAILABLE */
  private async reserveStamps(): Promise<void> {
    try {
      await this.clock.reserve();
    } catch (error) {
      this.logger.error(`Cannot save the acceptance time in DATA_DIR: ${(error as Error).message}`);
      this.intake.reportUnavailable();
      throw tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error);
    }
  }
}

const EPOCH_MS = new SentTimes('ms');

function acceptedOf({ accepted }: Verdicts): readonly Reading[] {
  return accepted;
}

/** How many records need a timestamp; those that are refused already do not. */
function countUnstamped(submitted: readonly Submitted[]): number {
  let count = 0;
  for (const record of submitted) if ('sensorId' in record && record.timestampUs === undefined) count += 1;
  return count;
}
