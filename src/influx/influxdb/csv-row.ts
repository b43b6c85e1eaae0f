const QUOTE = '"'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const LINE_FEED = '\n'.charCodeAt(0);
const RETURN = '\r'.charCodeAt(0);

/** A row of CSV (RFC 4180). It makes strings only of the fields that are asked for. */
export class CsvRow {
  private text = '';
  private begin = 0;
  /** Where the fields begin and end; only the first `length` entries are valid. */
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];
  private length = 0;

  /** Becomes the row that begins at `begin`. @returns where the next row begins; undefined when the end has not arrived */
  read(text: string, begin: number): number | undefined {
    this.text = text;
    this.begin = begin;
    this.length = 0;
    const { begins, ends } = this;
    let length = 0;
    for (let at = begin; at < text.length; at += 1) {
      begins[length] = at;
      let code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = endOfQuoted(text, at);
        code = text.charCodeAt(at);
      }
      while (code !== COMMA && code !== LINE_FEED && at < text.length) {
        at += 1;
        code = text.charCodeAt(at);
      }
      const isLast = code === LINE_FEED;
      ends[length] = isLast && text.charCodeAt(at - 1) === RETURN ? at - 1 : at;
      length += 1;
      if (!isLast) continue;
      this.length = length;
      return at + 1;
    }
    return undefined;
  }

  /** Whether its line is empty. */
  get isEmpty(): boolean {
    return this.length === 1 && this.begins[0] === this.ends[0];
  }

  /** A field's text; '' when there is no such field. It keeps the whole text that was read in memory. */
  field(index: number): string {
    if (index >= this.length) return '';
    const [begin = 0, end = 0] = [this.begins[index], this.ends[index]];
    if (this.text.charCodeAt(begin) !== QUOTE) return this.text.slice(begin, end);
    return this.text.slice(begin + 1, end - 1).replaceAll('""', '"');
  }

  fields(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.field(index));
  }

  /** The row as it was written, up to the comma after a field; '' when there is no such field. */
  upTo(index: number): string {
    return index < this.length ? this.text.slice(this.begin, this.ends[index]) + ',' : '';
  }

  startsWith(start: string): boolean {
    return this.text.startsWith(start, this.begin);
  }
}

/** Where the quoted field that begins at `begin` ends: after its last quote. Two quotes together stand for one. */
function endOfQuoted(text: string, begin: number): number {
  for (let at = begin + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    if (text.charCodeAt(at + 1) !== QUOTE) return at + 1;
  }
}
