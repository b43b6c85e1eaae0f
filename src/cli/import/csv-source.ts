import { formatValue } from '../../common/errors/format-value.js';
import { chooseColumns, type Columns } from './columns.js';
import { type CsvHeader, readCsvHeader } from './csv-header.js';
import { DecimalNumbers } from './decimal-number.js';
import { describeColumns } from './describe-columns.js';
import { ImportFileError } from './import-file-error.js';
import type { Line, Lines } from './lines.js';
import type { ReadOptions } from './read-options.js';
import { lineProblem } from './line-problem.js';
import { Records } from './records.js';
import { RowReader } from './row-reader.js';
import type { Row } from './row.js';
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

  private constructor(
    private readonly lines: Lines,
    private readonly header: CsvHeader,
    private readonly options: ReadOptions,
  ) {
    if (header.names.includes('_field') && header.names.includes('_value'))
      throw new ImportFileError(
        'Each row of the file has a field of InfluxDB; read it with --format annotated',
      );
    this.records = new Records(lines, header.delimiter);
    this.needsQuotes = options.decimal === ',' && header.delimiter === ',' && header.names.length > 2;
    this.columns = chooseColumns(header.names, options);
    this.hasSerialNumber =
      this.columns.unused.at(-1) === 'Serial Number' && header.names.at(-1)?.trim() === 'Serial Number';
    this.times = new RowTimes(options, this.columns.timeHints);
    this.reader = new RowReader(this.columns, options, this.times, decimalNumbers(options));
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
    const comment = this.options.comment ?? '#';
    const rows: Row[] = [];
    while (await lines.fill()) {
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        if (line === '' || line === header.text || line === END_OF_FILE) continue;
        if (comment !== '' && line?.startsWith(comment) === true) continue;
        const number = lines.number;
        const problem = lineProblem(line) ?? this.quoteProblem(line);
        if (line === null || problem !== undefined) {
          yield { line: number, problem: problem ?? '' };
          continue;
        }
        const cells = this.records.split(line) ?? (await this.continued(line));
        this.read(number, cells, rows);
        for (const row of rows) yield row;
        rows.length = 0;
      }
    }
  }

  private quoteProblem(line: Line): string | undefined {
    if (!this.needsQuotes || line?.includes('"') !== false) return undefined;
    return 'the row has no quotes: where the comma is between columns and in numbers, the numbers must be in quotes';
  }

  private read(line: number, cells: readonly string[] | string, rows: Row[]): void {
    const { length } = this.header.names;
    if (typeof cells === 'string') rows.push({ line, problem: cells });
    else if (cells[0]?.trim() === '' && cells.every((cell) => cell.trim() === '')) return;
    else if (cells.length === length || (this.hasSerialNumber && cells.length === length - 1))
      this.reader.read(line, cells, rows);
    else rows.push({ line, problem: countProblem(cells.length, length, this.header.delimiter) });
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

function countProblem(count: number, expected: number, delimiter: string): string {
  const cells = `the row has ${count} ${count === 1 ? 'cell' : 'cells'}, but the header has ${expected}`;
  return count > expected && delimiter === ','
    ? `${cells}; if the comma is also the decimal mark, the numbers must be in quotes, or another character between the columns`
    : cells;
}
