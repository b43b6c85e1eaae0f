import { CsvRow } from './csv-row.js';

/** No row that was asked for comes near it, and one without end would be looked through again with each piece of it. */
const MAX_ROW_BYTES = 1 << 20;

const NUMBERS = ['double', 'long', 'unsignedLong'];

/** A column, as the annotations above it describe it. */
export interface CsvColumn {
  readonly index: number;
  readonly label: string;
  readonly isNumber: boolean;
  /** Whether it belongs to what the rows are grouped by. */
  readonly isGroup: boolean;
  /** What an empty field of it means. */
  readonly byDefault: string;
}

/** The columns of the rows that follow one another. */
export class CsvColumns {
  constructor(readonly all: readonly CsvColumn[]) {}

  of(label: string): CsvColumn | undefined {
    return this.all.find((column) => column.label === label);
  }

  /** @returns a row's text in a column; '' where there is none */
  read(row: CsvRow, label: string): string {
    const column = this.of(label);
    return column ? row.field(column.index) || column.byDefault : '';
  }

  /** @returns a row's number in a column; NaN where there is none, and for an infinite one */
  readNumber(row: CsvRow, label: string): number {
    const text = this.of(label)?.isNumber ? this.read(row, label) : '';
    return text === '' ? NaN : Number(text);
  }
}

/** Is given each row: the object is the same every time, and says what it says until the next. */
export type TakeRow = (row: CsvRow, columns: CsvColumns) => void;

/**
 * Reads the annotated CSV that InfluxDB answers with, as its bytes come
 * (https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/). The official client makes a string of each line
 * and of each field, which takes more than twice as long (docs/performance.md).
 */
export class AnnotatedCsv {
  private readonly row = new CsvRow();
  private readonly annotations = new Map<string, readonly string[]>();
  private columns: CsvColumns | undefined;
  /** What has come of a row that has not come to its end. */
  private rest = Buffer.alloc(0);

  constructor(private readonly take: TakeRow) {}

  /** @throws Error in InfluxDB's words, when it says that the query failed, or when a row is too long; rows may have come before */
  push(bytes: Uint8Array): void {
    const all = Buffer.concat([this.rest, bytes]);
    const end = all.lastIndexOf('\n') + 1;
    const begun = this.read(all.toString('utf8', 0, end));
    this.rest = Buffer.concat([Buffer.from(begun), all.subarray(end)]);
    if (this.rest.length > MAX_ROW_BYTES)
      throw new Error(`A row of the answer is longer than ${MAX_ROW_BYTES} bytes`);
  }

  /**
   * To be called when all has come: the last row need not end its line.
   * @throws Error as push() does, and when the answer breaks off within quotes
   */
  end(): void {
    if (this.rest.length > 0) this.push(Buffer.from('\n'));
    if (this.rest.length > 0) throw new Error('The answer breaks off within a row');
  }

  /** @returns what is left: a row whose end has not come, because it has line breaks in quotes */
  private read(lines: string): string {
    let begin = 0;
    for (let end = this.row.read(lines, begin); end !== undefined; end = this.row.read(lines, begin)) {
      this.takeRow();
      begin = end;
    }
    return lines.slice(begin);
  }

  private takeRow(): void {
    const { row, columns } = this;
    if (row.isEmpty) this.forget();
    else if (row.startsWith('#')) this.annotate();
    else if (!columns) this.columns = this.describe();
    else if (columns.all[0]?.label === 'error') throw new Error(row.field(1));
    else this.take(row, columns);
  }

  /** What follows an empty line has annotations and columns of its own. */
  private forget(): void {
    this.annotations.clear();
    this.columns = undefined;
  }

  private annotate(): void {
    const [annotation = '', ...fields] = this.row.fields();
    this.annotations.set(annotation, fields);
    this.columns = undefined;
  }

  private describe(): CsvColumns {
    const of = (annotation: string, at: number): string => this.annotations.get(annotation)?.[at] ?? '';
    const [, ...labels] = this.row.fields();
    const columns = labels.map((label, at) => ({
      index: at + 1,
      label,
      isNumber: NUMBERS.includes(of('#datatype', at)),
      isGroup: of('#group', at) === 'true',
      byDefault: of('#default', at),
    }));
    return new CsvColumns(columns);
  }
}
