import { CsvRow } from './csv-row.js';

/** No row of our queries comes near it; a row without end would be scanned again with each chunk. */
const MAX_ROW_BYTES = 1 << 20;

const NUMBERS = ['double', 'long', 'unsignedLong'];

/** A column, as its annotations describe it. */
export interface CsvColumn {
  readonly index: number;
  readonly label: string;
  readonly isNumber: boolean;
  /** Whether it is part of the group key. */
  readonly isGroup: boolean;
  /** The value of an empty field. */
  readonly byDefault: string;
}

/** The columns of the rows of one table. */
export class CsvColumns {
  constructor(readonly all: readonly CsvColumn[]) {}

  of(label: string): CsvColumn | undefined {
    return this.all.find((column) => column.label === label);
  }

  /** @returns a row's text in a column; '' when there is none */
  read(row: CsvRow, label: string): string {
    const column = this.of(label);
    return column ? row.field(column.index) || column.byDefault : '';
  }

  /** @returns a row's number in a column; NaN when there is none, and for infinity */
  readNumber(row: CsvRow, label: string): number {
    const text = this.of(label)?.isNumber ? this.read(row, label) : '';
    return text === '' ? NaN : Number(text);
  }
}

/** Receives each row. The object is the same each time, and valid only until the next row. */
export type TakeRow = (row: CsvRow, columns: CsvColumns) => void;

/**
 * Reads InfluxDB's annotated CSV while it arrives (https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/).
 * The official client makes a string of each line and of each field, which takes more than twice as long (docs/performance.md).
 */
export class AnnotatedCsv {
  private readonly row = new CsvRow();
  private readonly annotations = new Map<string, readonly string[]>();
  private columns: CsvColumns | undefined;
  /** The beginning of a row whose end has not arrived. */
  private rest = Buffer.alloc(0);

  constructor(private readonly take: TakeRow) {}

  /** @throws Error with InfluxDB's message when the query failed, or when a row is too long; earlier rows may have been taken */
  push(bytes: Uint8Array): void {
    const all = Buffer.concat([this.rest, bytes]);
    const end = all.lastIndexOf('\n') + 1;
    const incomplete = this.read(all.toString('utf8', 0, end));
    this.rest = Buffer.concat([Buffer.from(incomplete), all.subarray(end)]);
    if (this.rest.length > MAX_ROW_BYTES)
      throw new Error(`A row of the answer is longer than ${MAX_ROW_BYTES} bytes`);
  }

  /**
   * To be called when the answer is complete: its last row need not end with a line feed.
   * @throws Error as push() does, and when the answer ends within quotes
   */
  end(): void {
    if (this.rest.length > 0) this.push(Buffer.from('\n'));
    if (this.rest.length > 0) throw new Error('The answer ends within a row');
  }

  /** @returns the rest: a row whose end has not arrived, because it has line feeds in quotes */
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
    if (row.isEmpty) this.endTable();
    else if (row.startsWith('#')) this.annotate();
    else if (!columns) this.columns = this.readHeader();
    else if (columns.all[0]?.label === 'error') throw new Error(row.field(1));
    else this.take(row, columns);
  }

  /** After an empty line new annotations and columns follow. */
  private endTable(): void {
    this.annotations.clear();
    this.columns = undefined;
  }

  private annotate(): void {
    const [annotation = '', ...fields] = this.row.fields();
    this.annotations.set(annotation, fields);
    this.columns = undefined;
  }

  private readHeader(): CsvColumns {
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
