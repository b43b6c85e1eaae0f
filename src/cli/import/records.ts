import type { Lines } from './lines.js';

/** A quoted cell may run over this many lines and characters; else its quote counts as one that was never closed. */
const MAX_LINES = 100;
const MAX_LENGTH = 64 * 1024;

/** The cells of a record, or why it has none. */
export type Cells = string[] | string;

export const STRAY_QUOTE =
  'the row has a double quote that does not enclose a cell; inside a cell write it twice, and the cell in quotes';
const NEVER_CLOSED = 'the row has a double quote that is not closed';

/** Splits rows into cells as RFC 4180 says. A cell in quotes may have spaces around the quotes, and run over lines. */
export class Records {
  /** Whether each cell of the last record had quotes; empty when it had none at all. */
  quoted: readonly boolean[] = [];

  constructor(
    private readonly lines: Lines,
    private readonly delimiter: string,
  ) {}

  /** @returns undefined when the line begins a cell that runs on: ask continued() */
  split(line: string): Cells | undefined {
    if (!line.includes('"')) {
      this.quoted = [];
      return line.split(this.delimiter);
    }
    return this.splitQuoted(line);
  }

  /**
   * Takes the lines that belong to a record with a quote that its first line does not close. It takes none when the record
   * would not fit, so that a stray quote costs one row.
   * @param isRow whether a line is a row of its own, so that no cell can have run over it
   * @param fits whether the cells are a row
   */
  async continued(
    first: string,
    isRow: (line: string) => boolean,
    fits: (cells: string[]) => boolean,
  ): Promise<Cells> {
    let record = first;
    for (let count = 1; count < MAX_LINES; count += 1) {
      if (!(await this.lines.fill(count))) return NEVER_CLOSED;
      const line = this.lines.peek(count - 1);
      if (typeof line !== 'string' || record.length + line.length > MAX_LENGTH || isRow(line)) break;
      record = `${record}\n${line}`;
      if (!line.includes('"')) continue;
      const cells = this.splitQuoted(record);
      if (cells === undefined) continue;
      if (typeof cells === 'string' || !fits(cells)) break;
      this.lines.skip(count);
      return cells;
    }
    return NEVER_CLOSED;
  }

  private splitQuoted(text: string): Cells | undefined {
    const quoted: boolean[] = [];
    this.quoted = quoted;
    return splitQuoted(text, this.delimiter, quoted);
  }
}

const QUOTE = '"';

/**
 * @param quoted gets whether each cell has quotes
 * @returns undefined when a quote is not closed
 */
function splitQuoted(text: string, delimiter: string, quoted: boolean[]): Cells | undefined {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const start = skipSpaces(text, at, delimiter);
    quoted.push(text[start] === QUOTE);
    if (text[start] === QUOTE) {
      const close = closingQuote(text, start + 1);
      if (close === -1) return undefined;
      at = skipSpaces(text, close + 1, delimiter);
      if (at < text.length && text[at] !== delimiter) return STRAY_QUOTE;
      cells.push(text.slice(start + 1, close).replaceAll('""', '"'));
    } else {
      const end = text.indexOf(delimiter, at);
      const cell = end === -1 ? text.slice(at) : text.slice(at, end);
      if (cell.includes(QUOTE)) return STRAY_QUOTE;
      cells.push(cell);
      at = end === -1 ? text.length : end;
    }
    if (at >= text.length) return cells;
    at += 1;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf(QUOTE, from); at !== -1; at = text.indexOf(QUOTE, at + 2))
    if (text[at + 1] !== QUOTE) return at;
  return -1;
}

function skipSpaces(text: string, from: number, delimiter: string): number {
  let at = from;
  while ((text[at] === ' ' || text[at] === '\t') && text[at] !== delimiter) at += 1;
  return at;
}
