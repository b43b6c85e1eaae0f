import type { Readable } from 'node:stream';

import { type Options, parse } from 'csv-parse';

import type { Precision } from '../model/precision.js';

/** How to read the columns of a CSV file. */
export interface CsvOptions {
  readonly sensor: string;
  readonly zone: string;
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  readonly latencyColumn?: string;
  readonly delimiter: string;
  /** The unit of times that are numbers; ms when absent. */
  readonly precision?: Precision;
}

/** A row that is a reading and can be sent. */
export interface ReadingRow {
  readonly line: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A row of the file: a reading, or the reason why it cannot be sent. */
export type CsvRow = ReadingRow | { readonly line: number; readonly problem: string };

/** The file cannot be read as CSV with readings. */
export class CsvError extends Error {}

const MAX_ROW_BYTES = 1 << 20;

const TIME_NAMES = ['timestamp', 'time', 'datetime', 'date', 'ts', '_time'];
const VALUE_NAMES = ['value', 'reading', 'measurement', '_value'];
const LATENCY_NAMES = ['latencyms', 'latency_ms', 'latency'];

interface Columns {
  readonly time: string;
  readonly value: string;
  readonly latency: string | undefined;
}

interface ParsedRow {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

/** Reads a CSV file as readings, row by row. */
export class CsvReadings {
  constructor(
    private readonly source: Readable,
    private readonly options: CsvOptions,
  ) {}

  /** @throws CsvError when there is no header line, or it is not clear which columns to read */
  async *rows(): AsyncGenerator<CsvRow> {
    const options: Options = {
      bom: true,
      columns: true,
      delimiter: this.options.delimiter,
      info: true,
      // Without a limit, an unclosed quote would read the whole file into memory as one value.
      max_record_size: MAX_ROW_BYTES,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    };
    const parser = this.source.pipe(parse(options));
    let columns: Columns | undefined;
    try {
      for await (const row of parser as AsyncIterable<ParsedRow>) {
        columns ??= this.chooseColumns(Object.keys(row.record));
        yield this.toReading(row, columns);
      }
    } catch (error) {
      throw error instanceof CsvError ? error : new CsvError((error as Error).message, { cause: error });
    }
  }

  private chooseColumns(names: readonly string[]): Columns {
    const { timeColumn, valueColumn, latencyColumn } = this.options;
    const time = choose(names, timeColumn, TIME_NAMES);
    if (time === undefined) throw columnError('--time-column', timeColumn, names);
    const others = names.filter((name) => name !== time);
    const value =
      choose(others, valueColumn, VALUE_NAMES) ??
      (valueColumn === undefined && others.length === 1 ? others[0] : undefined);
    if (value === undefined) throw columnError('--value-column', valueColumn, names);
    const latency = choose(names, latencyColumn, LATENCY_NAMES);
    if (latency === undefined && latencyColumn !== undefined)
      throw columnError('--latency-column', latencyColumn, names);
    return { time, value, latency };
  }

  private toReading({ record, info }: ParsedRow, columns: Columns): CsvRow {
    const line = info.lines;
    const time = record[columns.time];
    const value = toNumber(record[columns.value]);
    const latencyMs = columns.latency === undefined ? 0 : toNumber(record[columns.latency]);
    if (time === undefined || time === '')
      return { line, problem: `column ${columns.time} is empty; it must hold a time` };
    if (value === undefined) return { line, problem: notANumber(columns.value, record) };
    if (latencyMs === undefined) return { line, problem: notANumber(columns.latency ?? '', record) };
    const { sensor: sensorId, zone, precision } = this.options;
    const timestamp = toTimestamp(time, precision);
    return { line, body: { sensorId, zone, value, latencyMs, timestamp } };
  }
}

function choose(
  names: readonly string[],
  wanted: string | undefined,
  usual: readonly string[],
): string | undefined {
  if (wanted !== undefined) return names.find((name) => name === wanted);
  return usual
    .map((one) => names.find((name) => name.toLowerCase() === one))
    .find((name) => name !== undefined);
}

function columnError(option: string, wanted: string | undefined, names: readonly string[]): CsvError {
  const what =
    wanted === undefined
      ? 'is needed: no column has one of the usual names'
      : `is ${wanted}, but the file has no such column`;
  return new CsvError(`${option} ${what}; the columns are ${names.join(', ')}`);
}

/** @returns undefined for text that is not a finite number: JSON cannot carry it, so the row is not sent */
function toNumber(text: string | undefined): number | undefined {
  const number = text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function notANumber(column: string, record: ParsedRow['record']): string {
  return `column ${column} must be a finite number, got "${record[column] ?? ''}"`;
}

/** The gateway takes RFC 3339 and numbers. A time without a time zone is UTC, a date is midnight. */
function toTimestamp(text: string, precision?: Precision): string | number {
  // The gateway takes nanoseconds as text, because a number cannot hold them.
  if (/^-?\d+(\.\d+)?$/.test(text)) return precision === 'ns' ? text : Number(text);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`;
  const [, date, time, seconds = ':00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)?$/.exec(text) ?? [];
  return date === undefined || time === undefined ? text : `${date}T${time}${seconds}${zone}`;
}
