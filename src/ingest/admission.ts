import { Logger } from '@nestjs/common';

import type { Principal } from '../auth/principal.js';
import type { GatewayConfig } from '../common/config/gateway-config.js';
import { formatValue } from '../common/errors/format-value.js';
import type { Shortage } from '../common/scheduling/fair-share.js';
import { ShareWarning } from '../common/scheduling/share-warning.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import { detachString } from '../model/detach-string.js';
import { hasInvisible, NEW_IDENTIFIER_RULE } from '../model/identifier.js';
import type { AcceptanceClock } from '../clock/acceptance-clock.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import type { NewReading, Reading } from '../model/reading.js';
import { SENT, STAMP_STEP_US, type Stamp, stampAt, type Stamps, toStamps } from '../model/stamp.js';
import type { DeadLetterBound } from '../pipeline/dead-letter-bound.js';
import type { KnownSensors } from '../registry/known-sensors.js';
import type { Submitted } from './record-refusal.js';
import { Refusals, type Verdicts } from './refusals.js';
import { SensorLimit } from './sensor-limit.js';
import type { SentTimes } from './sent-times.js';
import { type Retention, TimestampLimits } from './timestamp-limits.js';

const TOO_MANY_REFUSED =
  'This record and all that follow were not checked, because too many records before it are refused; send them again without the refused ones';

/** A machine sets its clock soon after it has a network. */
const CLOCK_RETRY_AFTER_S = 10;

interface DecideOptions {
  /** How the request writes its timestamps. */
  readonly sentTimes: SentTimes;
  /** Gives the line of a record in line protocol. All of them are checked then, however many are refused. */
  readonly lineOf?: (index: number) => number;
}

/** Why a record is refused; the first one counts, or else its timestamp. */
interface Problem {
  readonly refusals: Refusals;
  readonly limits: TimestampLimits;
  readonly holder: string;
  readonly notAllowed: ReturnType<Principal['whyNot']>;
  readonly invisible: 'sensorId' | 'zone' | undefined;
  readonly full: (() => string) | undefined;
  readonly shortage: Shortage | undefined;
}

/** Decides for each record of a request whether it is accepted, and says why not. */
export class Admission {
  private readonly sensorLimit: SensorLimit;
  private readonly shareWarning = new ShareWarning(new Logger(Admission.name));

  /** @param retention that of the store; undefined when it keeps readings without limit, or only InfluxDB knows */
  constructor(
    private readonly sensors: KnownSensors,
    private readonly deadLetters: DeadLetterBound,
    private readonly clock: AcceptanceClock,
    private readonly config: GatewayConfig,
    private readonly retention: () => Retention | undefined,
  ) {
    this.sensorLimit = new SensorLimit(sensors, config.readings.maxSensors);
  }

  /** Counts a sender among those who share the number of new sensors. */
  countSender({ holder }: Principal): void {
    this.sensorLimit.see(holder);
  }

  /**
   * The clock must be ready to stamp all records without a timestamp: see AcceptanceClock.begin().
   * @param reserved receives the new sensors that count against the limit; the caller must release() them
   * @throws GatewayError CLOCK_NOT_SET when a record's time cannot be known, or judged; RATE_LIMITED when a sensor
   *   has used up its timestamps; nothing may be kept then
   */
  decide(
    submitted: readonly Submitted[],
    principal: Principal,
    reserved: string[],
    { sentTimes, lineOf }: DecideOptions,
  ): Verdicts {
    const accepted: Reading[] = [];
    const stamps: Stamp[] = [];
    const refusals = new Refusals(lineOf);
    const { deadLetters, clock } = this;
    const limits = new TimestampLimits(this.config.readings, sentTimes, clock.nowUs, this.retention());
    const { earliestUs, latestUs } = limits;
    const hasDeadLetters = deadLetters.size > 0;
    for (let index = 0; index < submitted.length; index += 1) {
      const record = submitted[index];
      if (refusals.isFull) {
        refusals.addRest(index, submitted.length, 'TOO_MANY_REFUSED', TOO_MANY_REFUSED);
        break;
      }
      if (!record || !('sensorId' in record)) {
        refusals.add(index, 'INVALID_READING', record ?? []);
        continue;
      }
      const { sensorId, timestampUs: sentUs } = record;
      const known = this.sensors.get(sensorId)?.latest;
      const shortage = known ? undefined : this.sensorLimit.whyNot(sensorId, principal.holder);
      // Not `known?.zone`: comparing what may be undefined takes V8 several times as long.
      const isInZone = known ? known.zone === record.zone : false;
      const invisible = isInZone ? undefined : this.newInvisibleName(record, known);
      const notAllowed = principal.whyNot(record);
      const full = hasDeadLetters && !notAllowed ? deadLetters.whyNot(sensorId) : undefined;
      const isInTime = sentUs === undefined ? clock.isSet : sentUs <= latestUs && sentUs >= earliestUs;
      if (!isInTime || notAllowed || invisible || full || shortage) {
        const { holder } = principal;
        this.refuse(record, index, { refusals, limits, holder, notAllowed, invisible, full, shortage });
        continue;
      }
      const timestampUs = sentUs ?? clock.next(known?.sensorId ?? detachString(sensorId));
      if (timestampUs === undefined) {
        this.takeBack(accepted, toStamps(stamps));
        throw tooManyUnstamped(sensorId, submitted.length);
      }
      stamps.push(sentUs === undefined ? clock.kindOf(timestampUs) : SENT);
      if (!known && this.sensorLimit.reserve(sensorId, principal.holder)) reserved.push(sensorId);
      accepted.push(complete(record, timestampUs, known, isInZone));
    }
    return { accepted, stamps: toStamps(stamps), refusals };
  }

  /** Apart from decide(), where the functions that word the problems would cost memory for each accepted record, too. */
  private refuse(record: NewReading, index: number, problem: Problem): void {
    const { refusals, limits, holder, notAllowed, invisible, full, shortage } = problem;
    const { sensorId, timestampUs } = record;
    if (notAllowed) {
      refusals.addOne(index, 'SENSOR_NOT_ALLOWED', notAllowed);
    } else if (invisible) {
      const message = (): string => mustBeMessage(invisible, NEW_IDENTIFIER_RULE, record[invisible]);
      refusals.addOne(index, 'INVALID_READING', () => ({ path: invisible, message: message() }));
    } else if (timestampUs !== undefined && timestampUs > limits.latestUs) {
      if (!this.clock.isSet) throw clockNotSet();
      refusals.addOne(index, 'TIMESTAMP_IN_FUTURE', () => limits.inFuture(timestampUs));
    } else if (timestampUs !== undefined && timestampUs < limits.earliestUs) {
      refusals.addOne(index, 'TIMESTAMP_TOO_OLD', () => limits.tooOld(timestampUs));
    } else if (timestampUs === undefined && !this.clock.isSet) {
      throw clockNotSet();
    } else if (full) {
      refusals.addOne(index, 'DEAD_LETTERS_FULL', () => ({ path: 'sensorId', message: full() }));
    } else if (shortage) {
      const message = (): string => this.limitMessage(shortage, sensorId, holder);
      refusals.addOne(index, 'TOO_MANY_SENSORS', () => ({ path: 'sensorId', message: message() }));
    }
  }

  /**
   * Makes the timestamps of a request free again that is refused as a whole: a sender that tries again at once would
   * use up those of its sensors. To be called before other requests are decided.
   */
  takeBack(readings: readonly Reading[], stamps: Stamps): void {
    for (let index = readings.length - 1; index >= 0; index -= 1) {
      const reading = readings[index];
      if (reading && stampAt(stamps, index) !== SENT)
        this.clock.takeBack(reading.sensorId, reading.timestampUs);
    }
  }

  /** To be called once the sensors' first readings are accepted, or will not be. */
  release(reserved: readonly string[]): void {
    for (const sensorId of reserved) this.sensorLimit.release(sensorId);
  }

  private limitMessage(shortage: Shortage, sensorId: string, holder: string): string {
    const { max } = this.sensorLimit;
    const remedy = `Raise MAX_SENSORS, or forget sensors with DELETE /api/sensors/{id}`;
    const rule = `sensorId must be a known sensor, got ${formatValue(sensorId)}`;
    if (shortage === 'whole')
      return `${rule}: the limit of ${max} sensors (MAX_SENSORS) is reached. ${remedy}`;
    const share = `the ${holder} has used its share of MAX_SENSORS (${max}): ${this.sensorLimit.heldBy(holder)} new sensors within a day`;
    this.shareWarning.warn(`New sensors are refused: ${share}`);
    return `${rule}: ${share}, and other senders share the limit. ${remedy}`;
  }

  /** @returns which name is new and has invisible characters; known names pass, whatever characters they have */
  private newInvisibleName(
    { sensorId, zone }: NewReading,
    known: Reading | undefined,
  ): 'sensorId' | 'zone' | undefined {
    if (!known && hasInvisible(sensorId)) return 'sensorId';
    return hasInvisible(zone) && !this.sensors.hasZone(zone) ? 'zone' : undefined;
  }
}

function clockNotSet(): GatewayError {
  return tryAgain(
    'CLOCK_NOT_SET',
    "The gateway's own clock is not set, so it cannot say when a reading without a timestamp was accepted, nor whether one is from the future; nothing was kept. Send the request again once the clock is set",
    CLOCK_RETRY_AFTER_S,
  );
}

function tooManyUnstamped(sensorId: string, count: number): GatewayError {
  const message = `timestamp must be sent where a sensor has more than ${1e6 / STAMP_STEP_US} readings a second: the gateway has no more unique timestamps for ${formatValue(sensorId)} now, so nothing was kept. Send the request again later, or with timestamps`;
  return new GatewayError('RATE_LIMITED', message, {
    errors: [{ path: 'timestamp', message }],
    // As long as the clock takes for that many timestamps.
    headers: { 'Retry-After': String(Math.max(1, Math.ceil((count * STAMP_STEP_US) / 1e6))) },
  });
}

/**
 * Makes the submitted record a reading, in place: a second object for each would double the garbage. All readings of a sensor
 * share one string for its id and one for its zone, so none of them keeps the request's body in memory.
 */
function complete(
  submitted: NewReading,
  timestampUs: number,
  known: Reading | undefined,
  isInZone: boolean,
): Reading {
  const reading = submitted as { -readonly [Field in keyof Reading]: Reading[Field] };
  reading.sensorId = known?.sensorId ?? detachString(reading.sensorId);
  reading.zone = known && isInZone ? known.zone : detachString(reading.zone);
  reading.timestampUs = timestampUs;
  return reading;
}
