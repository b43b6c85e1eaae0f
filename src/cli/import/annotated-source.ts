import { formatValue } from '../../common/errors/format-value.js';
import { chooseColumns, type Column, type Columns } from './columns.js';
import { decimalNumbers } from './csv-source.js';
import { describeColumns } from './describe-columns.js';
import { ImportFileError } from './import-file-error.js';
import { lineProblem } from './line-problem.js';
import type { Lines } from './lines.js';
import type { ReadOptions } from './read-options.js';
import { Records } from './records.js';
import { RowReader } from './row-reader.js';
import type { Row } from './row.js';
import { SeriesCheck } from './series-check.js';
import { RowTimes } from './times/row-times.js';

const ANNOTATIONS: ReadonlySet<string> = new Set(['#group', '#datatype', '#default']);
/** Columns of Flux that hold no value. */
const FLUX_KEYS: ReadonlySet<string> = new Set(['result', 'table', 'start', 'stop', 'measurement', 'field']);
const LATENCY_FIELD = 'latency_ms';
const NOT_NUMBERS: ReadonlySet<string> = new Set(['string', 'boolean', 'base64Binary', 'duration']);

/** Their defaults are not looked up for each row. */
const FLUX_COLUMNS: ReadonlySet<string> = new Set(['', 'result', 'table']);

/** Tables with the same columns. */
interface Table {
  readonly names: readonly string[];
  readonly defaults: readonly string[];
  readonly columns: Columns;
  readonly reader: RowReader;
  /** Where the name of the field is, when rows are not pivoted. */
  readonly fieldAt: number;
  readonly measurementAt: number;
}

/** The readings of a file as InfluxDB 2 answers a query: CSV with annotations, in one or several tables. */
export class AnnotatedSource {
  private readonly records: Records;
  private readonly times: RowTimes;
  private readonly series = new SeriesCheck(adviceFor, false);
  private annotations = new Map<string, readonly string[]>();
  private table: Table | undefined;
  private measurement: string | undefined;
  private hasTables = false;
  /** Why there is no table. */
  private noTable = 'the row is in no table';
  private isAfterEmptyLine = true;

  /** @throws ImportFileError when an option does not fit this format */
  constructor(
    private readonly lines: Lines,
    private readonly options: ReadOptions,
  ) {
    if (options.wide === true)
      throw new ImportFileError(
        '--wide is not for annotated CSV: --sensor-column _field makes each field a sensor',
      );
    this.records = new Records(lines, ',');
    this.times = new RowTimes(options);
  }

  get description(): readonly string[] {
    return this.table ? describeColumns(this.table.columns, this.options, this.times) : [];
  }

  async *rows(): AsyncGenerator<Row> {
    const { lines } = this;
    const rows: Row[] = [];
    while (await lines.fill()) {
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        if (line?.trim() === '') {
          this.isAfterEmptyLine = true;
          continue;
        }
        const number = lines.number;
        const problem = lineProblem(line);
        if (line === null || problem !== undefined) {
          yield { line: number, problem: problem ?? '' };
          continue;
        }
        const cells = this.records.split(line) ?? (await this.continued(line));
        if (typeof cells === 'string') rows.push({ line: number, problem: cells });
        else this.take(number, cells, rows);
        for (const row of rows) yield row;
        rows.length = 0;
      }
    }
  }

  private take(line: number, cells: string[], rows: Row[]): void {
    const first = cells[0] ?? '';
    if (first.startsWith('#')) {
      this.annotate(line, cells, rows);
      return;
    }
    if ((this.isAfterEmptyLine && isHeader(cells)) || (cells.includes('result') && cells.includes('table'))) {
      this.isAfterEmptyLine = false;
      this.openTableAt(line, cells, rows);
      return;
    }
    this.isAfterEmptyLine = false;
    if (this.table) this.readRow(line, cells, this.table, rows);
    else rows.push({ line, problem: `${this.noTable}: ${formatValue(cells.join(' ').trim())}` });
  }

  /** A table that cannot be read costs the tables before it nothing. */
  private openTableAt(line: number, cells: readonly string[], rows: Row[]): void {
    this.table = undefined;
    if (cells.includes('error')) {
      this.noTable = 'the export is not whole';
      rows.push({ line, problem: 'InfluxDB ended the export with the error in the next line' });
      return;
    }
    try {
      this.table = this.openTable(cells);
      this.hasTables = true;
    } catch (error) {
      if (!this.hasTables || !(error instanceof ImportFileError)) throw error;
      this.noTable = `the table that begins in line ${line} cannot be read`;
      rows.push({ line, problem: `the table cannot be read: ${error.message}` });
    }
  }

  private annotate(line: number, cells: string[], rows: Row[]): void {
    const name = cells[0] ?? '';
    if (!ANNOTATIONS.has(name)) {
      const problem = `the annotation ${formatValue(name)}; #group, #datatype and #default of query results are read, not what "influx write" takes`;
      if (!this.hasTables) throw new ImportFileError(`Line ${line} has ${problem}`);
      rows.push({ line, problem });
      return;
    }
    if (this.table) this.annotations = new Map();
    this.table = undefined;
    this.annotations.set(name, cells);
    this.isAfterEmptyLine = true;
  }

  private openTable(names: readonly string[]): Table {
    const types = this.annotations.get('#datatype') ?? [];
    const defaults = this.annotations.get('#default') ?? [];
    const fieldAt = names.includes('_value') ? names.indexOf('_field') : -1;
    const options = fieldAt === -1 ? this.options : { ...this.options, valueColumn: '_value' };
    const chosen = chooseColumns(names, options, FLUX_KEYS);
    const columns = { ...chosen, series: this.tagsOf(chosen, fieldAt !== -1) };
    for (const { at, name } of columns.values)
      if (NOT_NUMBERS.has(types[at] ?? ''))
        throw new ImportFileError(
          `The column ${formatValue(name)} has values of the type ${types[at] ?? ''}; readings are numbers`,
        );
    const reader = new RowReader(
      columns,
      this.options,
      this.times,
      decimalNumbers(this.options),
      this.series,
    );
    const defaultsInUse = names.map((name, at) => (FLUX_COLUMNS.has(name) ? '' : (defaults[at] ?? '')));
    return {
      names,
      defaults: defaultsInUse.some((text) => text !== '') ? defaultsInUse : [],
      columns,
      reader,
      fieldAt,
      measurementAt: names.indexOf('_measurement'),
    };
  }

  /** The unused tags. Without annotations and not pivoted, all further columns are tags. */
  private tagsOf({ unused, series }: Columns, isUnpivoted: boolean): readonly Column[] {
    const groups = this.annotations.get('#group');
    if (this.options.sensorColumn === '') return [];
    if (!groups && !isUnpivoted) return series;
    return unused.filter(
      ({ name, at }) =>
        !name.startsWith('_') && !FLUX_COLUMNS.has(name) && (!groups || groups[at]?.trim() === 'true'),
    );
  }

  private readRow(line: number, cells: string[], table: Table, rows: Row[]): void {
    if (cells.length !== table.names.length) {
      const problem = `the row has ${cells.length} cells, but its table has ${table.names.length}`;
      rows.push({ line, problem });
      return;
    }
    for (const [at, text] of table.defaults.entries()) if (cells[at] === '') cells[at] = text;
    const problem = this.fieldProblem(cells, table) ?? this.measurementProblem(cells, table);
    if (problem === undefined) table.reader.read(line, cells, rows);
    else rows.push({ line, problem });
  }

  /** Without a pivot each field has rows of its own. */
  private fieldProblem(cells: readonly string[], { fieldAt }: Table): string | undefined {
    if (fieldAt === -1 || this.options.sensorColumn === '_field') return undefined;
    const field = cells[fieldAt] ?? '';
    const wanted = this.options.valueColumn ?? 'value';
    if (field === wanted) return undefined;
    if (field === LATENCY_FIELD && wanted === 'value')
      throw new ImportFileError(
        'The file has latencies in rows apart from their values. Export it again with both in one row: end the query with ' +
          '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value"), or for the values alone with ' +
          '|> filter(fn: (r) => r._field == "value")',
      );
    return (
      `the field ${formatValue(field)} is not ${formatValue(wanted)}: --value-column names the field to read, ` +
      'and --sensor-column _field makes each field a sensor'
    );
  }

  /** Readings of two measurements could have the same sensor, zone and time. */
  private measurementProblem(cells: readonly string[], { measurementAt }: Table): string | undefined {
    if (measurementAt === -1 || this.options.sensorColumn === '_measurement') return undefined;
    const measurement = cells[measurementAt] ?? '';
    this.measurement ??= measurement;
    if (measurement === this.measurement) return undefined;
    return `the measurement ${formatValue(measurement)} is not ${formatValue(this.measurement)} as in the rows before it; export one at a time`;
  }

  private continued(line: string): Promise<string[] | string> {
    const count = this.table?.names.length ?? 0;
    const isRow = (text: string): boolean => text.startsWith(',') && text.split(',').length === count;
    return this.records.continued(line, isRow, (cells) => cells.length === count);
  }
}

function adviceFor(name: string): string {
  return `say --sensor-column ${formatValue(name)}, or leave the tag out of the query: |> drop(columns: [${formatValue(name)}])`;
}

function isHeader(cells: readonly string[]): boolean {
  return cells.includes('_time') || cells.includes('table') || cells.includes('error');
}
