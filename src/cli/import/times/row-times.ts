import { formatValue } from '../../../common/errors/format-value.js';
import { type TimeUnit, UNIT_NAMES } from '../../../model/precision.js';
import { ImportFileError } from '../import-file-error.js';
import { type DatedTime, isAmbiguousDate, parseDated } from './dated-times.js';
import { isEpochNumber, isShortDate, parseEpoch, unmistakableUnit } from './epoch-times.js';
import { LocalClock } from './local-clock.js';
import { TimeFormat } from './time-format.js';

export interface TimeOptions {
  readonly timeUnit?: TimeUnit;
  readonly timeFormat?: string;
  readonly timeZone?: string;
}

/** What the name of the time column says. */
export interface TimeHints {
  readonly unit?: TimeUnit;
  /** A time zone; unknown when the name says local time or has letters that are no name of one zone. */
  readonly zone?: { readonly zone: string } | 'unknown';
}

const TIME_RULE =
  'must be a time such as 2026-01-30T14:18:38.123Z or 2026-01-30 14:18:38, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970 with 10, 13, 16 or 19 digits';

/** Reads the times of the rows of one file, which all have one form: numbers of one unit, or dates. */
export class RowTimes {
  private unit: TimeUnit | undefined;
  private hasTimes = false;
  private hasDates = false;
  private readonly format: TimeFormat | undefined;
  private readonly clock: LocalClock | undefined;
  private readonly timeZone: string;
  private readonly needsZone: boolean;

  /** @throws ImportFileError for an unknown time zone or format */
  constructor(
    private readonly options: TimeOptions,
    hints: TimeHints = {},
  ) {
    const { timeUnit, timeFormat } = options;
    this.needsZone = options.timeZone === undefined && hints.zone === 'unknown';
    const timeZone = options.timeZone ?? (typeof hints.zone === 'object' ? hints.zone.zone : 'UTC');
    if (timeUnit !== undefined && timeFormat !== undefined)
      throw new ImportFileError('--time-unit and --time-format cannot both be given');
    this.unit = timeUnit ?? hints.unit;
    this.timeZone = timeZone;
    if (timeFormat !== undefined) this.format = new TimeFormat(timeFormat);
    if (timeZone !== 'UTC') this.clock = new LocalClock(timeZone);
  }

  /** How times are read; complete once one was read. */
  get description(): string {
    if (this.unit !== undefined) return `${UNIT_NAMES[this.unit]} since 1970`;
    return `${this.options.timeFormat ?? 'date and time, year first'}; a time without an offset is ${this.timeZone}`;
  }

  /**
   * @param series whose row it is, a sensor in a zone
   * @returns microseconds since the Unix epoch, a safe integer, or why the text is no time
   * @throws ImportFileError when the first time of the file is a date that could be read in two ways
   */
  read(text: string, series: string): number | string {
    if (this.format) return this.toEpoch(this.format.parse(text), text, series);
    if (this.options.timeUnit !== undefined) return parseEpoch(text, this.options.timeUnit);
    if (isEpochNumber(text)) return this.readNumber(text);
    const dated = parseDated(text);
    if (dated && this.unit !== undefined)
      return `is a date, ${formatValue(text)}, but the times before it are ${UNIT_NAMES[this.unit]} since 1970`;
    if (dated) this.hasDates = true;
    else if (!this.hasDates && this.unit === undefined && isAmbiguousDate(text)) throw ambiguous(text);
    return this.toEpoch(dated, text, series);
  }

  private readNumber(text: string): number | string {
    if (this.hasDates) return `is a number, ${text}, but the times before it are dates`;
    if (this.unit === undefined && isShortDate(text)) throw shortDate(text);
    const unit = this.unit ?? unmistakableUnit(text);
    if (unit === undefined)
      return `has no certain unit, ${text}: say --time-unit s, ms, us or ns, or for a date without separators --time-format`;
    const number = parseEpoch(text, unit);
    if (typeof number === 'string' || this.unit !== undefined) {
      if (unmistakableUnit(text) !== undefined) return number;
      return `${text} is not without doubt a time in ${UNIT_NAMES[unit]} since 1970, as others in the file are; if it is right, say --time-unit ${unit}`;
    }
    this.unit = unit;
    return number;
  }

  private toEpoch(time: DatedTime | undefined, text: string, series: string): number | string {
    if (time?.isLocal === true && this.needsZone) {
      if (!this.hasTimes) throw new ImportFileError(ZONE_NEEDED);
      return ZONE_NEEDED;
    }
    if (time) {
      this.hasTimes = true;
      return time.isLocal && this.clock ? this.clock.toEpoch(time.us, series) : time.us;
    }
    const shown = formatValue(text);
    if (text === '') return 'is empty; it must hold a time';
    if (this.options.timeFormat !== undefined)
      return `must be a time of the form ${this.options.timeFormat}, got ${shown}`;
    if (isAmbiguousDate(text))
      return `must be a date with the year first, as the rows before it, got ${shown}`;
    return `${TIME_RULE}, got ${shown}; another form is read with --time-format`;
  }
}

const ZONE_NEEDED =
  'The name of the time column says that its times are local, but not exactly where: say --time-zone, for example Europe/Berlin';

function shortDate(text: string): ImportFileError {
  return new ImportFileError(
    `The time ${text} can be seconds since 1970, or a date such as YYMMDDHHmm: say --time-unit s, or --time-format yyMMddHHmm`,
  );
}

function ambiguous(text: string): ImportFileError {
  return new ImportFileError(
    `The time ${formatValue(text)} can be read with the day or the month first: say which with --time-format, ` +
      'for example "dd.MM.yyyy HH:mm:ss" or "MM/dd/yy hh:mm:ss a"',
  );
}
