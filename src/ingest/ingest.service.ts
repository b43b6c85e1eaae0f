import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import type { RememberedAnswer } from '../journal/entry-codec.js';
import { DeadLetterBound } from '../pipeline/dead-letter-bound.js';
import { Intake } from '../pipeline/intake.js';
import { RefusedCounter } from '../pipeline/refused-counter.js';
import { RememberedAnswers } from '../pipeline/remembered-answers.js';
import { KnownSensors } from '../registry/known-sensors.js';
import { AcceptanceClock } from './acceptance-clock.js';
import { Admission } from './admission.js';
import { IdempotentRequests } from './idempotent-requests.js';
import type { IngestContext } from './ingest-context.js';
import type { Submitted } from './record-refusal.js';
import type { Verdicts } from './refusals.js';
import type { SentTimes } from './sent-times.js';

interface Options<T> extends IngestContext {
  readonly sentTimes: SentTimes;
  /**
   * Makes the answer, which is stored together with the readings.
   * @throws GatewayError to refuse the whole request
   */
  readonly answer: (verdicts: Verdicts) => T;
}

/** The only place that accepts readings, whichever protocol they come by. */
@Injectable()
export class IngestService implements OnApplicationShutdown {
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
  ) {
    this.admission = new Admission(sensors, deadLetters, config);
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
            this.acceptNow(submitted, options, remember),
          )
        : await this.acceptNow(submitted, options);
    } catch (error) {
      if (error instanceof GatewayError) this.refused.addRequest(error, submitted.length);
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    try {
      await this.clock.close();
    } catch (error) {
      this.logger.warn(`Cannot save the last acceptance time in DATA_DIR: ${(error as Error).message}`);
    }
  }

  private async acceptNow<T extends object>(
    submitted: readonly Submitted[],
    { principal, answer, sentTimes }: Options<T>,
    remember?: (answer: T) => RememberedAnswer,
  ): Promise<T> {
    principal.takeReadings(submitted.length);
    this.admission.countSender(principal);
    const reserved: string[] = [];
    let remembered: RememberedAnswer | undefined;
    let verdicts: Verdicts;
    let given: T;
    try {
      const stamp = submitted.every(needsNoStamp) ? NaN : this.stamp(submitted.length);
      const firstStampUs = typeof stamp === 'number' ? stamp : await stamp;
      verdicts = this.admission.decide(submitted, principal, reserved, firstStampUs, sentTimes);
      given = answer(verdicts);
      if (verdicts.accepted.length > 0) {
        remembered = remember?.(given);
        const entry = { acceptedMs: Date.now(), readings: verdicts.accepted };
        await this.intake.accept(remembered ? { ...entry, remembered } : entry);
      }
    } finally {
      this.admission.release(reserved);
      if (remembered) this.answers.settle(remembered);
    }
    for (const [code, records] of verdicts.refusals.byCode) this.refused.add(code, records);
    return given;
  }

  private stamp(count: number): number | Promise<number> {
    const firstUs = this.clock.next(count);
    if (typeof firstUs === 'number') return firstUs;
    return firstUs.catch((error: unknown) => {
      this.logger.error(`Cannot save the acceptance time in DATA_DIR: ${(error as Error).message}`);
      this.intake.reportUnavailable();
      throw tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error);
    });
  }
}

/** Whether a record brings its own timestamp, or is refused already. */
function needsNoStamp(record: Submitted): boolean {
  return !('sensorId' in record) || record.timestampUs !== undefined;
}
