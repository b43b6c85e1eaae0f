import { formatValue } from '../../common/errors/format-value.js';
import { detachString } from '../../model/detach-string.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../model/identifier.js';
import type { Column, Columns } from './columns.js';
import type { DecimalNumbers } from './decimal-number.js';
import { ImportFileError } from './import-file-error.js';
import type { ReadOptions } from './read-options.js';
import type { Row } from './row.js';
import type { SeriesCheck } from './series-check.js';
import type { RowTimes } from './times/row-times.js';

/** Copies of the identifiers that a file uses: one that is a part of a chunk of the file would keep it in memory. */
const MAX_KNOWN = 20_000;

/** Turns the cells of rows into readings. */
export class RowReader {
  private readonly known = new Map<string, string>();
  private readonly isWide: boolean;

  /** @throws ImportFileError when the options name a sensor or zone that cannot exist */
  constructor(
    private readonly columns: Columns,
    private readonly options: ReadOptions,
    private readonly times: RowTimes,
    private readonly numbers: DecimalNumbers,
    private readonly series: SeriesCheck,
  ) {
    this.isWide = options.wide === true;
    for (const [flag, name] of [
      ['--sensor', options.sensor],
      ['--zone', options.zone],
    ] as const)
      if (name !== undefined && !isIdentifier(name))
        throw new ImportFileError(`${flag} must be ${IDENTIFIER_RULE}, got ${formatValue(name)}`);
  }

  /**
   * Adds what a row gives: a reading, or a reading for each column that is a sensor, or a problem instead.
   * @param cells as many as the header has
   */
  read(line: number, cells: readonly string[], rows: Row[]): void {
    const problem = this.add(line, cells, rows);
    if (problem !== undefined) rows.push({ line, problem });
  }

  private add(line: number, cells: readonly string[], rows: Row[]): string | undefined {
    const { columns, options } = this;
    const sensor = this.nameOf(columns.sensor, options.sensor, cells);
    if (sensor === undefined) return nameProblem(columns.sensor, cells);
    const zone = this.nameOf(columns.zone, options.zone, cells);
    if (zone === undefined) return nameProblem(columns.zone, cells);
    const problem = this.series.problem(sensor, zone, columns.series, cells);
    if (problem !== undefined) return problem;
    const timestampUs = this.times.read(this.timeOf(cells), `${sensor}\n${zone}`);
    if (typeof timestampUs === 'string') return inColumn(columns.time, timestampUs);
    const latencyMs = this.latencyOf(cells);
    if (typeof latencyMs === 'string') return inColumn(columns.latency, latencyMs);
    const shared = latencyMs === undefined ? { zone, timestampUs } : { zone, latencyMs, timestampUs };
    if (this.isWide) {
      this.readSensors(line, cells, sensor, shared, rows);
      return undefined;
    }
    const [column] = columns.values;
    const value = this.numbers.parse(textOf(cells, column));
    if (typeof value === 'string') return inColumn(column, value);
    rows.push({ line, reading: { sensorId: sensor, value, ...shared } });
    return undefined;
  }

  /** Empty cells are sensors that measured nothing then. */
  private readSensors(
    line: number,
    cells: readonly string[],
    prefix: string,
    shared: { zone: string; timestampUs: number },
    rows: Row[],
  ): void {
    for (const column of this.columns.values) {
      const text = textOf(cells, column);
      if (text === '') continue;
      const value = this.numbers.parse(text);
      if (typeof value === 'string') {
        rows.push({ line, problem: inColumn(column, value) });
        continue;
      }
      const sensorId = this.identifier(prefix === '' ? column.name : `${prefix}.${column.name}`);
      if (sensorId === undefined)
        rows.push({ line, problem: inColumn(column, 'gives a sensor with a name that is too long') });
      else rows.push({ line, reading: { sensorId, value, ...shared } });
    }
  }

  /** @returns the name, '' where none is needed, undefined when the cell has none */
  private nameOf(
    column: Column | undefined,
    constant: string | undefined,
    cells: readonly string[],
  ): string | undefined {
    return column === undefined ? (constant ?? '') : this.identifier(textOf(cells, column));
  }

  private identifier(text: string): string | undefined {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    if (!isIdentifier(text)) return undefined;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    const copy = detachString(text);
    this.known.set(copy, copy);
    return copy;
  }

  private timeOf(cells: readonly string[]): string {
    const time = textOf(cells, this.columns.time);
    const { date } = this.columns;
    // A date without its time of day would be midnight.
    return date === undefined || time === '' ? time : `${textOf(cells, date)} ${time}`.trim();
  }

  private latencyOf(cells: readonly string[]): number | string | undefined {
    const { latency } = this.columns;
    if (latency === undefined) return undefined;
    const text = textOf(cells, latency);
    return text === '' ? undefined : this.numbers.parse(text);
  }
}

function textOf(cells: readonly string[], column: Column | undefined): string {
  return column === undefined ? '' : (cells[column.at] ?? '').trim();
}

function nameProblem(column: Column | undefined, cells: readonly string[]): string {
  return inColumn(column, `must be ${IDENTIFIER_RULE}, got ${formatValue(textOf(cells, column))}`);
}

function inColumn(column: Column | undefined, problem: string): string {
  return `column ${formatValue(column?.name)}: ${problem}`;
}
