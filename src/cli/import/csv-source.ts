import { formatValue } from '../../common/errors/format-value.js';
import { chooseColumns, type Columns } from './columns.js';
import { type CsvHeader, readCsvHeader } from './csv-header.js';
import { DecimalNumbers } from './decimal-number.js';
import { describeColumns } from './describe-columns.js';
import { ImportFileError } from './import-file-error.js';
import type { Lines } from './lines.js';
import type { ReadOptions } from './read-options.js';
import { lineProblem } from './line-problem.js';
import { Records } from './records.js';
import { RowReader } from './row-reader.js';
import type { Row } from './row.js';
import { SeriesCheck } from './series-check.js';
import { RowTimes } from './times/row-times.js';

/** What DOS programs end a file with. */
const END_OF_FILE = '\x1a';

/** The readings of a CSV file with a header. */
export class CsvSource {
  private readonly records: Records;
  private readonly columns: Columns;
  private readonly times: RowTimes;
  private readonly reader: RowReader;
  /** Whether `21,5` could be two cells of a row that fits. */
  private readonly needsQuotes: boolean;
  /** EasyLog loggers write a last column with the serial number, and its cell in the first row alone. */
  private readonly hasSerialNumber: boolean;
  /** The line of a header with other columns; none of its rows are read. */
  private otherHeader: number | undefined;
  private lastTime = '';
  /** Lines that were passed over as comments. */
  comments: number;

  private constructor(
    private readonly lines: Lines,
    private readonly header: CsvHeader,
    private readonly options: ReadOptions,
  ) {
    if (header.names.includes('_field') && header.names.includes('_value'))
      throw new ImportFileError(
        'Each row of the file has a field of InfluxDB; read it with --format annotated',
      );
    this.comments = header.comments;
    this.records = new Records(lines, header.delimiter);
    this.needsQuotes = options.decimal === ',' && header.delimiter === ',' && header.names.length > 2;
    this.columns = chooseColumns(header.names, options);
    this.hasSerialNumber =
      this.columns.unused.at(-1)?.name === 'Serial Number' && header.names.at(-1)?.trim() === 'Serial Number';
    this.times = new RowTimes(options, this.columns.timeHints);
    const series = new SeriesCheck(adviceFor(this.columns), true);
    this.reader = new RowReader(this.columns, options, this.times, decimalNumbers(options), series);
  }

  /** @throws ImportFileError when there is no header, or it is not clear which columns to read */
  static async open(lines: Lines, options: ReadOptions): Promise<CsvSource> {
    return new CsvSource(lines, await readCsvHeader(lines, options), options);
  }

  get description(): readonly string[] {
    const { delimiter, line } = this.header;
    return [
      `delimiter: ${delimiter === '\t' ? 'tab' : delimiter}`,
      `header: line ${line}`,
      ...describeColumns(this.columns, this.options, this.times),
    ];
  }

  async *rows(): AsyncGenerator<Row> {
    const { lines, header } = this;
    const rows: Row[] = [];
    while (await lines.fill()) {
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        if (line === '' || line === END_OF_FILE) continue;
        if (line === header.text) {
          this.otherHeader = undefined;
          continue;
        }
        const number = lines.number;
        const problem = lineProblem(line);
        if (line === null || problem !== undefined) {
          yield { line: number, problem: problem ?? '' };
          continue;
        }
        const cells = this.records.split(line) ?? (await this.continued(line));
        if (this.isComment(line, cells)) {
          this.comments += 1;
          continue;
        }
        this.read(number, cells, rows);
        for (const row of rows) yield row;
        rows.length = 0;
      }
    }
  }

  /** Without --comment, a line that begins with # and has the cells of a row is one: sensors have such names. */
  private isComment(line: string, cells: readonly string[] | string): boolean {
    const { comment = '#' } = this.options;
    if (comment === '' || !line.startsWith(comment)) return false;
    return this.options.comment !== undefined || cells.length !== this.header.names.length;
  }

  private read(line: number, cells: readonly string[] | string, rows: Row[]): void {
    const { names, delimiter } = this.header;
    if (typeof cells === 'string') {
      rows.push({ line, problem: cells });
      return;
    }
    if (cells[0]?.trim() === '' && cells.every((cell) => cell.trim() === '')) return;
    if (cells[this.columns.time.at]?.trim() === this.columns.time.name) {
      const isSame =
        cells.length === names.length && cells.every((cell, at) => cell.trim() === names[at]?.trim());
      this.otherHeader = isSame ? undefined : line;
      if (isSame) return;
    }
    const problem =
      this.headerProblem(line) ??
      this.countProblem(cells.length, delimiter) ??
      this.quoteProblem(cells) ??
      this.cutProblem(cells);
    if (problem === undefined) this.reader.read(line, cells, rows);
    else rows.push({ line, problem });
  }

  private headerProblem(line: number): string | undefined {
    const { otherHeader } = this;
    if (otherHeader === undefined) return undefined;
    return line === otherHeader
      ? 'the row is a header with other columns: import each part of the file on its own'
      : `the row belongs to the other header in line ${otherHeader}`;
  }

  private countProblem(count: number, delimiter: string): string | undefined {
    const { length } = this.header.names;
    if (count === length || (this.hasSerialNumber && count === length - 1)) return undefined;
    const cells = `the row has ${count} ${count === 1 ? 'cell' : 'cells'}, but the header has ${length}`;
    return count > length && delimiter === ','
      ? `${cells}; if the comma is also the decimal mark, the numbers must be in quotes, or another character between the columns`
      : cells;
  }

  private quoteProblem(cells: readonly string[]): string | undefined {
    if (!this.needsQuotes) return undefined;
    const { values, latency } = this.columns;
    const { quoted } = this.records;
    const columns = latency ? [...values, latency] : values;
    const bare = columns.find(({ at }) => quoted[at] !== true && cells[at]?.trim() !== '');
    if (!bare) return undefined;
    return `column ${formatValue(bare.name)}: has no quotes: where the comma is between columns and in numbers, the numbers must be in quotes`;
  }

  /** A time at the end of a file that is cut off is another time; of a cut row with fewer cells the cells are counted. */
  private cutProblem(cells: readonly string[]): string | undefined {
    const { name, at } = this.columns.time;
    if (at !== this.header.names.length - 1) return undefined;
    const time = cells[at]?.trim() ?? '';
    const before = this.lastTime;
    this.lastTime = time;
    if (!this.lines.mayBeCut || time.length >= before.length || /\D$/.exec(time)?.[0] === before.at(-1))
      return undefined;
    return `column ${formatValue(name)}: ${formatValue(time)} is shorter than the times before, and nothing ends the line: is the file cut off? If it is whole, end it with a line feed`;
  }

  private continued(line: string): Promise<string[] | string> {
    const { length } = this.header.names;
    const { time } = this.columns;
    const isRow = (text: string): boolean => {
      const cells = text.split(this.header.delimiter);
      return cells.length === length && /^\s*"?\d/.test(cells[time.at] ?? '');
    };
    return this.records.continued(line, isRow, (cells) => cells.length === length);
  }
}

/** @throws ImportFileError for another decimal mark than a point or a comma */
export function decimalNumbers({ decimal = '.' }: ReadOptions): DecimalNumbers {
  if (decimal !== '.' && decimal !== ',')
    throw new ImportFileError(`--decimal must be . or , and not ${formatValue(decimal)}`);
  return new DecimalNumbers(decimal);
}

function adviceFor({ sensor }: Columns): (name: string) => string {
  const over = formatValue(sensor?.name ?? '');
  return (name) =>
    `say --sensor-column ${formatValue(name)}, or --sensor-column ${over} if it does not tell sensors apart`;
}
