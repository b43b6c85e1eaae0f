import { Temporal } from 'temporal-polyfill';

import { formatTimestamp } from '../../../model/timestamp.js';
import { ImportFileError } from '../import-file-error.js';

const DAY_US = 86_400e6;
const MINUTE_US = 60e6;
const MAX_DAYS = 5_000;
const MAX_MINUTES = 5_000;
const MAX_SENSORS = 100_000;
/** A time that comes twice is taken when it is off from where the rows before lead by at most this share of the clock's step. */
const MAX_SHARE_OFF = 1 / 4;
/** It may be off by as much as the step of the rows before, and by this much in any case. */
const MIN_OFF_US = MINUTE_US;

/** Times of the wall clock, as microseconds, between which it has one offset and no time comes twice. */
interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  readonly offsetUs: number;
}

/** The last row of a sensor in a zone, and how long after the row before it. */
interface Course {
  lastUs: number;
  /** Undefined after one row. */
  stepUs: number | undefined;
}

/**
 * Reads the clock of a time zone. The rules are those of the time zone database of Node.js; offsets are kept for stretches without
 * a change, since asking takes microseconds.
 */
export class LocalClock {
  private stretch: Stretch = { fromUs: 0, toUs: 0, offsetUs: 0 };
  private readonly days = new Map<number, Stretch>();
  /** The offsets of minutes that come twice, in the order of the instants, and none for minutes that do not exist. */
  private readonly minutes = new Map<number, readonly number[]>();
  private readonly courses = new Map<string, Course>();

  /** @throws ImportFileError for an unknown zone */
  constructor(private readonly zone: string) {
    try {
      new Temporal.ZonedDateTime(0n, zone);
    } catch {
      throw new ImportFileError(
        `--time-zone ${zone} is no time zone; write a name such as Europe/Berlin, or an offset such as +01:00`,
      );
    }
  }

  /**
   * @param wallUs what the clock shows, as microseconds since its own 1970-01-01T00:00
   * @param series whose row it is: a time that comes twice is the one that continues its rows
   * @returns microseconds since the Unix epoch, or why there is no such time or no way to know which
   */
  toEpoch(wallUs: number, series: string): number | string {
    const offsets = this.offsetsOf(wallUs);
    if (typeof offsets === 'number') return this.record(series, wallUs - offsets);
    const [first, second] = offsets.map((offsetUs) => wallUs - offsetUs);
    const shown = formatTimestamp(wallUs).replace('Z', '');
    if (first === undefined)
      return `${shown} does not exist in ${this.zone}: the clock was put forward over it`;
    if (second === undefined) return this.record(series, first);
    const chosen = this.choose(series, first, second);
    if (chosen !== undefined) return this.record(series, chosen);
    this.courses.delete(series);
    return (
      `${shown} comes twice in ${this.zone}, because the clock is put back, and the rows before it do not show which is meant; ` +
      'write it with its offset'
    );
  }

  /** @returns the offset, or all offsets of a time that comes twice or does not exist */
  private offsetsOf(wallUs: number): number | readonly number[] {
    if (isIn(this.stretch, wallUs)) return this.stretch.offsetUs;
    const minute = Math.floor(wallUs / MINUTE_US);
    const known = this.minutes.get(minute);
    if (known) return known;
    const stretch = this.stretchOf(wallUs);
    if (stretch) return stretch.offsetUs;
    const offsets = this.instantsOf(wallUs).map((instantUs) => wallUs - instantUs);
    if (this.minutes.size >= MAX_MINUTES) this.minutes.clear();
    this.minutes.set(minute, offsets);
    return offsets;
  }

  private stretchOf(wallUs: number): Stretch | undefined {
    const day = Math.floor(wallUs / DAY_US);
    let stretch = this.days.get(day);
    if (!stretch || !isIn(stretch, wallUs)) {
      stretch = this.findStretch(wallUs);
      if (this.days.size >= MAX_DAYS) this.days.clear();
      this.days.set(day, stretch);
    }
    if (!isIn(stretch, wallUs)) return undefined;
    this.stretch = stretch;
    return stretch;
  }

  private findStretch(wallUs: number): Stretch {
    const at = this.zoned(wallUs, 'compatible');
    const offsetUs = at.offsetNanoseconds / 1e3;
    const next = at.getTimeZoneTransition('next');
    // The change at which this offset began may be this very instant, and is not "previous" to itself.
    const start = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
    const before = start?.subtract({ nanoseconds: 1 });
    return {
      fromUs: start && before ? toUs(start) + Math.max(offsetUs, before.offsetNanoseconds / 1e3) : -Infinity,
      toUs: next ? toUs(next) + Math.min(offsetUs, next.offsetNanoseconds / 1e3) : Infinity,
      offsetUs,
    };
  }

  /** @returns no instant, one, or two in their order */
  private instantsOf(wallUs: number): number[] {
    const both = [this.zoned(wallUs, 'earlier'), this.zoned(wallUs, 'later')]
      .filter((zoned) => toUs(zoned) + zoned.offsetNanoseconds / 1e3 === wallUs)
      .map(toUs);
    return [...new Set(both)];
  }

  private zoned(wallUs: number, disambiguation: 'compatible' | 'earlier' | 'later'): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochNanoseconds(BigInt(wallUs) * 1000n)
      .toZonedDateTimeISO('UTC')
      .toPlainDateTime()
      .toZonedDateTime(this.zone, { disambiguation });
  }

  private choose(series: string, first: number, second: number): number | undefined {
    const course = this.courses.get(series);
    if (course?.stepUs === undefined) return undefined;
    const expectedUs = course.lastUs + course.stepUs;
    const nearest = Math.abs(first - expectedUs) <= Math.abs(second - expectedUs) ? first : second;
    const maxOffUs = Math.min(
      (second - first) * MAX_SHARE_OFF,
      Math.max(Math.abs(course.stepUs), MIN_OFF_US),
    );
    return Math.abs(nearest - expectedUs) <= maxOffUs ? nearest : undefined;
  }

  private record(series: string, timestampUs: number): number {
    const course = this.courses.get(series);
    if (course) {
      course.stepUs = timestampUs - course.lastUs;
      course.lastUs = timestampUs;
    } else {
      if (this.courses.size >= MAX_SENSORS) this.courses.clear();
      this.courses.set(series, { lastUs: timestampUs, stepUs: undefined });
    }
    return timestampUs;
  }
}

function isIn({ fromUs, toUs }: Stretch, wallUs: number): boolean {
  return wallUs >= fromUs && wallUs < toUs;
}

function toUs(zoned: Temporal.ZonedDateTime): number {
  return Number(zoned.epochNanoseconds / 1000n);
}
