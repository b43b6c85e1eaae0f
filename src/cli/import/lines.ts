/** A longer line is not kept. */
export const MAX_LINE_LENGTH = 1 << 20;

/** In place of a line that is too long. */
export const TOO_LONG = null;
export type Line = string | typeof TOO_LONG;

/** The lines of a text that arrives in chunks: ended by LF, CR LF, or CR where the text has no LF. Looks ahead as far as asked. */
export class Lines {
  /** The number of the line that next() gave last, from 1. */
  number = 0;
  private hasCutLine = false;
  private lines: Line[] = [];
  private at = 0;
  private rest = '';
  private isTooLong = false;
  private isEnd = false;
  private readonly chunks: AsyncIterator<string, undefined>;
  private readonly ending: string;

  /** @param head the beginning of the text, which shows how lines end */
  constructor(chunks: AsyncIterable<string, undefined>, head: string) {
    this.chunks = chunks[Symbol.asyncIterator]();
    this.ending = !head.includes('\n') && head.includes('\r') ? '\r' : '\n';
  }

  /** @returns the next line of those that were read; undefined when there is none: fill(), and ask again */
  next(): Line | undefined {
    if (this.at === this.lines.length) return undefined;
    const line = withoutReturn(this.lines[this.at]);
    this.at += 1;
    this.number += 1;
    return line;
  }

  /** Whether the line that next() gave last is the last of the file, and nothing ends it: it may be cut off. */
  get mayBeCut(): boolean {
    return this.hasCutLine && this.at === this.lines.length;
  }

  /** The line `ahead` lines after the next one. */
  peek(ahead: number): Line | undefined {
    const at = this.at + ahead;
    return at < this.lines.length ? withoutReturn(this.lines[at]) : undefined;
  }

  skip(count: number): void {
    this.at += count;
    this.number += count;
  }

  /**
   * Reads on until at least `count` lines can be taken.
   * @returns whether there is a line
   */
  async fill(count = 1): Promise<boolean> {
    while (!this.isEnd && this.lines.length - this.at < count) await this.readChunk();
    return this.at < this.lines.length;
  }

  /** Ends reading, and closes the file. */
  async close(): Promise<void> {
    this.isEnd = true;
    await this.chunks.return?.();
  }

  private async readChunk(): Promise<void> {
    const { done, value } = await this.chunks.next();
    this.isEnd = done === true;
    const parts: Line[] = (done === true ? this.rest : this.rest + value).split(this.ending);
    const last = parts.pop() ?? '';
    if (this.isTooLong && parts.length > 0) {
      parts[0] = TOO_LONG;
      this.isTooLong = false;
    }
    this.rest = last;
    if (this.rest.length > MAX_LINE_LENGTH || this.isTooLong) {
      this.isTooLong = true;
      this.rest = '';
    }
    if (this.isEnd && this.isTooLong) parts.push(TOO_LONG);
    else if (this.isEnd && this.rest !== '') {
      parts.push(this.rest);
      this.hasCutLine = true;
    }
    this.lines = this.at === this.lines.length ? parts : [...this.lines.slice(this.at), ...parts];
    this.at = 0;
  }
}

function withoutReturn(line: Line | undefined): Line | undefined {
  return line?.endsWith('\r') === true ? line.slice(0, -1) : line;
}
