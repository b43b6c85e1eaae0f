import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import type { FieldError } from '../common/errors/field-error.js';
import { formatValue } from '../common/errors/format-value.js';
import type { RememberedAnswer } from '../journal/entry.js';
import { DeadLetterBound } from '../pipeline/dead-letter-bound.js';
import { Intake } from '../pipeline/intake.js';
import { RefusedCounter } from '../pipeline/refused-counter.js';
import { RememberedAnswers } from '../pipeline/remembered-answers.js';
import { KnownSensors } from '../registry/known-sensors.js';
import { hasInvisible, NEW_IDENTIFIER_RULE } from '../model/identifier.js';
import { detachString } from '../model/detach-string.js';
import type { NewReading, Reading } from '../model/reading.js';
import { formatTimestamp } from '../model/timestamp.js';
import type { Shortage } from '../common/scheduling/fair-share.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import type { Principal } from '../auth/principal.js';
import { ShareWarning } from '../common/scheduling/share-warning.js';
import { AcceptanceClock } from './acceptance-clock.js';
import type { Submitted } from './record-refusal.js';
import { Refusals, type Verdicts } from './refusals.js';
import type { Idempotency, IngestContext } from './ingest-context.js';
import { SensorLimit } from './sensor-limit.js';

const REMEMBER_US = 24 * 3_600_000_000;

interface Options<T> extends IngestContext {
  /**
   * Makes the answer, which is kept together with the readings.
   * @throws GatewayError to refuse the request as a whole
   */
  readonly answer: (verdicts: Verdicts) => T;
}

/** The only place that accepts readings, whichever way they come in. */
@Injectable()
export class IngestService implements OnApplicationShutdown {
  private readonly logger = new Logger(IngestService.name);
  private readonly sensorLimit: SensorLimit;
  private readonly shareWarning = new ShareWarning(this.logger);
  private readonly maxFutureMs: number;
  private readonly underWay = new Map<string, { fingerprint: string; ended: Promise<unknown> }>();

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(Intake) private readonly intake: Intake,
    @Inject(KnownSensors) private readonly sensors: KnownSensors,
    @Inject(DeadLetterBound) private readonly deadLetters: DeadLetterBound,
    @Inject(RememberedAnswers) private readonly answers: RememberedAnswers,
    @Inject(AcceptanceClock) private readonly clock: AcceptanceClock,
    @Inject(RefusedCounter) private readonly refused: RefusedCounter,
  ) {
    this.sensorLimit = new SensorLimit(sensors, config.MAX_SENSORS);
    // Read out of its text once.
    this.maxFutureMs = config.maxFutureMs;
  }

  /**
   * Accepts the good records of a request, in one commit.
   * @returns the answer, once what it accepts cannot be lost any more; to a repeated request, the first answer
   * @throws GatewayError what `answer` throws; IDEMPOTENCY_KEY_REUSED; RATE_LIMITED; a 503 when nothing was accepted and the
   *   request can be sent again
   */
  async accept<T extends object>(submitted: readonly Submitted[], options: Options<T>): Promise<T> {
    try {
      const { idempotency } = options;
      return idempotency
        ? await this.acceptOnce(submitted, options, ofSender(idempotency, options.principal))
        : await this.acceptNow(submitted, options);
    } catch (error) {
      if (error instanceof GatewayError) this.refused.error(error, submitted.length);
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    try {
      await this.clock.close();
    } catch (error) {
      this.logger.warn(`The last time of acceptance cannot be kept in DATA_DIR: ${(error as Error).message}`);
    }
  }

  private async acceptNow<T extends object>(
    submitted: readonly Submitted[],
    { principal, answer }: Options<T>,
    remember?: (answer: T) => RememberedAnswer,
  ): Promise<T> {
    principal.takeReadings(submitted.length);
    this.sensorLimit.see(principal.holder);
    const newcomers: string[] = [];
    let remembered: RememberedAnswer | undefined;
    let verdicts: Verdicts;
    let given: T;
    try {
      const stamp = submitted.every(isStamped) ? NaN : this.stamp(submitted.length);
      const firstStampUs = typeof stamp === 'number' ? stamp : await stamp;
      verdicts = this.judge(submitted, principal, newcomers, firstStampUs);
      given = answer(verdicts);
      if (verdicts.accepted.length > 0) {
        remembered = remember?.(given);
        const entry = { acceptedMs: Date.now(), readings: verdicts.accepted };
        await this.intake.accept(remembered ? { ...entry, remembered } : entry);
      }
    } finally {
      for (const sensorId of newcomers) this.sensorLimit.release(sensorId);
      if (remembered) this.answers.settle(remembered);
    }
    for (const [code, records] of verdicts.refusals.byCode) this.refused.add(code, records);
    return given;
  }

  /** A request with a key waits for an earlier one with the same key, and takes over its answer. */
  private async acceptOnce<T extends object>(
    submitted: readonly Submitted[],
    options: Options<T>,
    { key, fingerprint }: Idempotency,
  ): Promise<T> {
    for (let other = this.underWay.get(key); other; other = this.underWay.get(key)) {
      if (other.fingerprint !== fingerprint) throw keyReused();
      await other.ended;
    }
    const accepting = this.acceptFirst(submitted, options, { key, fingerprint });
    const ended = accepting.catch(() => undefined).finally(() => this.underWay.delete(key));
    this.underWay.set(key, { fingerprint, ended });
    return accepting;
  }

  private async acceptFirst<T extends object>(
    submitted: readonly Submitted[],
    options: Options<T>,
    { key, fingerprint }: Idempotency,
  ): Promise<T> {
    const nowMs = Date.now();
    const { answers } = this;
    const { holder } = options.principal;
    const first = await answers.find(key, nowMs * 1000);
    if (first) {
      if (first.fingerprint !== fingerprint) throw keyReused();
      return JSON.parse(first.answer) as T;
    }
    await answers.makeRoom(holder, nowMs);
    const expiresUs = nowMs * 1000 + REMEMBER_US;
    return this.acceptNow(submitted, options, (answer) =>
      answers.reserve({ key, fingerprint, answer: JSON.stringify(answer), expiresUs, holder }),
    );
  }

  /**
   * @param newcomers gets the sensors that are counted as coming; the caller must let them leave
   * @param stampUs the first of as many times of acceptance as there are records
   */
  private judge(
    submitted: readonly Submitted[],
    principal: Principal,
    newcomers: string[],
    stampUs: number,
  ): Verdicts {
    const accepted: Reading[] = [];
    const refusals = new Refusals();
    const latestUs = (Date.now() + this.maxFutureMs) * 1000;
    let nextStampUs = stampUs;
    const { deadLetters } = this;
    const hasDeadLetters = deadLetters.size > 0;
    for (let index = 0; index < submitted.length; index += 1) {
      const one = submitted[index];
      if (refusals.isFull) {
        refusals.addRest(index, submitted.length, 'TOO_MANY_REFUSED', TOO_MANY_REFUSED);
        break;
      }
      if (!one || !('sensorId' in one)) {
        refusals.add(index, 'INVALID_READING', one ?? []);
        continue;
      }
      const known = this.sensors.get(one.sensorId)?.latest;
      const shortage = known ? undefined : this.sensorLimit.whyNot(one.sensorId, principal.holder);
      const unseen = known?.zone === one.zone ? undefined : this.unseenOf(one, known);
      const notAllowed = principal.whyNot(one);
      const full = hasDeadLetters && !notAllowed ? deadLetters.whyNot(one.sensorId) : undefined;
      if (notAllowed) {
        refusals.addOne(index, 'SENSOR_NOT_ALLOWED', notAllowed);
      } else if (unseen) {
        refusals.addOne(index, 'INVALID_READING', () => whyUnseen(unseen, one[unseen]));
      } else if (one.timestampUs !== undefined && one.timestampUs > latestUs) {
        const { timestampUs } = one;
        refusals.addOne(index, 'TIMESTAMP_IN_FUTURE', () => this.tooFarAhead(timestampUs, latestUs));
      } else if (full) {
        refusals.addOne(index, 'DEAD_LETTERS_FULL', () => ({ path: 'sensorId', message: full() }));
      } else if (shortage) {
        const message = (): string => this.noRoom(shortage, one.sensorId, principal.holder);
        refusals.addOne(index, 'TOO_MANY_SENSORS', () => ({ path: 'sensorId', message: message() }));
      } else {
        if (!known && this.sensorLimit.reserve(one.sensorId, principal.holder)) newcomers.push(one.sensorId);
        accepted.push(complete(one, one.timestampUs ?? nextStampUs++, known));
      }
    }
    return { accepted, refusals };
  }

  private noRoom(shortage: Shortage, sensorId: string, holder: string): string {
    const { max } = this.sensorLimit;
    const remedy = `Raise MAX_SENSORS, or forget sensors with DELETE /api/sensors/{id}`;
    if (shortage === 'whole')
      return `sensorId must be one of the ${max} sensors there are, which is the most (MAX_SENSORS), got ${formatValue(sensorId)}. ${remedy}`;
    const has = `the ${holder} has its share of MAX_SENSORS (${max}): ${this.sensorLimit.heldBy(holder)} new sensors within a day`;
    this.shareWarning.say(`New sensors are refused: ${has}`);
    return `sensorId must be a sensor that is known, got ${formatValue(sensorId)}: ${has}, while others send, too. ${remedy}`;
  }

  /** @returns which name is new and has characters that nobody sees; those that are known go on, whatever is in them */
  private unseenOf(
    { sensorId, zone }: NewReading,
    known: Reading | undefined,
  ): 'sensorId' | 'zone' | undefined {
    if (!known && hasInvisible(sensorId)) return 'sensorId';
    return hasInvisible(zone) && !this.sensors.hasZone(zone) ? 'zone' : undefined;
  }

  private tooFarAhead(timestampUs: number, latestUs: number): FieldError {
    const message = `timestamp must be at most ${this.config.MAX_FUTURE} ahead of the gateway's clock, before ${formatTimestamp(latestUs)}, got ${formatTimestamp(timestampUs)}`;
    return { path: 'timestamp', message };
  }

  private stamp(count: number): number | Promise<number> {
    const firstUs = this.clock.next(count);
    if (typeof firstUs === 'number') return firstUs;
    return firstUs.catch((error: unknown) => {
      this.logger.error(`The time of acceptance cannot be kept in DATA_DIR: ${(error as Error).message}`);
      this.intake.reportUnavailable();
      throw tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error);
    });
  }
}

const TOO_MANY_REFUSED =
  'This record and all that follow are not looked at, because so many before it are refused; send them again without those';

function whyUnseen(path: string, name: string): FieldError {
  return { path, message: mustBeMessage(path, NEW_IDENTIFIER_RULE, name).replace(/[^ -~]/gu, asCode) };
}

/** Whether a record brings its own time, or is none. */
function isStamped(one: Submitted): boolean {
  return !('sensorId' in one) || one.timestampUs !== undefined;
}

/**
 * Makes a reading of what was submitted, in place: a second object for each is as much garbage again. It names sensor
 * and zone by the text that all its readings share, and none of them keeps the body in memory that it was cut out of.
 */
function complete(submitted: NewReading, timestampUs: number, known: Reading | undefined): Reading {
  const reading = submitted as { -readonly [Field in keyof Reading]: Reading[Field] };
  reading.sensorId = known?.sensorId ?? detachString(reading.sensorId);
  reading.zone = known?.zone === reading.zone ? known.zone : detachString(reading.zone);
  reading.timestampUs = timestampUs;
  return reading;
}

/** What one sender calls its requests is nothing to another. A key's id stays the same when it is rotated. */
function ofSender(idempotency: Idempotency, { keyId }: Principal): Idempotency {
  return keyId === undefined ? idempotency : { ...idempotency, key: `${keyId}\n${idempotency.key}` };
}

function keyReused(): GatewayError {
  return new GatewayError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was used for another request within the last 24 hours; a new request needs a new key',
  );
}

/** A character by its number in Unicode, so that an invisible one is seen. */
function asCode(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
