import { formatDuration } from '../common/config/duration.js';
import type { ReadingsConfig } from '../common/config/sections/readings.config.js';
import type { FieldError } from '../common/errors/field-error.js';
import { US_PER_UNIT } from '../model/precision.js';
import { formatTimestamp } from '../model/timestamp.js';
import { isUsual, type SentTimes } from './sent-times.js';
import { meaningOf, meaningOfDate } from './timestamp-meaning.js';

const HALF_HOUR_US = 1_800_000_000;
const MINUTE_US = 60_000_000;
/** The time zone that is furthest ahead is UTC+14. */
const MAX_HALF_HOURS = 28;

/** How long the store keeps readings. */
export interface Retention {
  readonly keepMs: number;
  /** The time that retention goes by, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** The times that the readings of one request may bear, and why another one is refused. */
export class TimestampLimits {
  /** The first and the last allowed time, in microseconds since the Unix epoch. */
  readonly earliestUs: number;
  readonly latestUs: number;
  private readonly maxFutureMs: number;
  /** Why `earliestUs` is that time, in words; empty when it is MIN_TIMESTAMP. */
  private readonly because: string;

  constructor(
    { minTimestampUs, maxFutureMs }: Pick<ReadingsConfig, 'minTimestampUs' | 'maxFutureMs'>,
    private readonly sent: SentTimes,
    private readonly nowUs = Date.now() * 1000,
    retention?: Retention,
  ) {
    this.maxFutureMs = maxFutureMs;
    const keptFromUs = retention ? Math.floor((retention.nowMs - retention.keepMs) * 1000) : -Infinity;
    this.earliestUs = Math.max(minTimestampUs, keptFromUs);
    this.because =
      retention && keptFromUs > minTimestampUs
        ? `, because READINGS_RETENTION is ${formatDuration(retention.keepMs)}`
        : '';
    this.latestUs = nowUs + maxFutureMs * 1000;
  }

  /** Why a time after `latestUs` is refused. */
  inFuture(timestampUs: number): FieldError {
    const rule = `at most ${formatDuration(this.maxFutureMs)} ahead of the gateway's clock, before ${formatTimestamp(this.latestUs)}`;
    return this.refusal(rule, timestampUs, this.meaningOf(timestampUs) ?? this.localTime(timestampUs));
  }

  /** Why a time before `earliestUs` is refused. */
  tooOld(timestampUs: number): FieldError {
    const rule = `${formatTimestamp(this.earliestUs)} or later${this.because}`;
    return this.refusal(rule, timestampUs, this.meaningOf(timestampUs));
  }

  private refusal(rule: string, timestampUs: number, hint: string | undefined): FieldError {
    const message = `timestamp must be ${rule}, got ${this.asSent(timestampUs)}`;
    return { path: 'timestamp', message: hint === undefined ? message : `${message}; ${hint}` };
  }

  /** A number that was sent as such, so that people find it in what their device sends. */
  private asSent(timestampUs: number): string {
    const time = formatTimestamp(timestampUs);
    const isNumber = !isUsual(timestampUs) && !this.sent.isDate(timestampUs);
    // Nanoseconds were cut off.
    const about = this.sent.precision === 'ns' ? 'about ' : '';
    return isNumber ? `${about}${timestampUs / US_PER_UNIT[this.sent.precision]} (${time})` : time;
  }

  private meaningOf(timestampUs: number): string | undefined {
    if (this.sent.isDate(timestampUs)) return meaningOfDate(timestampUs);
    return meaningOf(timestampUs / US_PER_UNIT[this.sent.precision], this.sent, { nowUs: this.nowUs });
  }

  /** A clock in local time is ahead by whole half hours. */
  private localTime(timestampUs: number): string | undefined {
    const aheadUs = timestampUs - this.nowUs;
    const halfHours = Math.round(aheadUs / HALF_HOUR_US);
    if (
      halfHours < 1 ||
      halfHours > MAX_HALF_HOURS ||
      Math.abs(aheadUs - halfHours * HALF_HOUR_US) > MINUTE_US
    )
      return undefined;
    return `it is ${halfHours / 2} h ahead, as local time is in some places: send UTC, or the offset with the time`;
  }
}
