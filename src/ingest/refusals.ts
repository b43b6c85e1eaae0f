import { MAX_NAMED } from '../common/errors/answer-bounds.js';
import type { FieldError } from '../common/errors/field-error.js';
import type { Reading } from '../model/reading.js';
import type { Stamps } from '../model/stamp.js';
import type { RecordRefusal } from './record-refusal.js';

/** Characters that the list of indexes may have. They are ASCII, and an answer has room for them beside its errors. */
const MAX_INDEXES_LENGTH = 36_000;

type Code = RecordRefusal['code'];

/** The refused records of one request, in order: the index of each, and the reasons of the first hundred. */
export class Refusals {
  /** The first hundred problems, field by field. */
  readonly named: RecordRefusal[] = [];
  /** How many records are refused for each reason. */
  readonly byCode = new Map<Code, number>();
  /** How many records are refused. */
  count = 0;
  /** How many lines have a refused record. */
  lineCount = 0;
  private lastLine: number | undefined;
  /** How many records appear in `named`. */
  namedCount = 0;
  /** The index ranges before the last one. */
  private text = '';
  /** The last index range. */
  private first = NaN;
  private last = NaN;

  /** @param lineOf gives the line of a record, where a line can have several; the answer lists no indexes then */
  constructor(private readonly lineOf?: (index: number) => number) {}

  /** @param problems what is wrong with the record; empty when the answer does not name it */
  add(index: number, code: Code, problems: readonly FieldError[]): void {
    const before = this.named.length;
    for (const { path, message } of problems) {
      if (this.named.length === MAX_NAMED) break;
      this.named.push({ index, path, code, message });
    }
    if (this.named.length > before) this.namedCount += 1;
    this.addIndexes(index, index, code);
  }

  /**
   * Refuses a record for one problem.
   * @param describe words the problem; called only when the answer names it
   */
  addOne(index: number, code: Code, describe: () => FieldError): void {
    this.add(index, code, this.named.length < MAX_NAMED ? [describe()] : []);
  }

  /** Refuses all records from `index` up to, not including, `end`. */
  addRest(index: number, end: number, code: Code, message: string): void {
    this.named.pop();
    this.named.push({ index, path: '', code, message });
    this.addIndexes(index, end - 1, code);
  }

  /** Whether the answer may have no room for more indexes. */
  get isFull(): boolean {
    return this.text.length > MAX_INDEXES_LENGTH;
  }

  /** The indexes of all refused records, such as "0,2,4-9"; empty when the answer lists none. */
  get indexes(): string {
    return Number.isNaN(this.last) ? '' : this.text + this.lastRange();
  }

  private addIndexes(first: number, last: number, code: Code): void {
    const count = last - first + 1;
    this.count += count;
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + count);
    if (this.lineOf) {
      const line = this.lineOf(first);
      if (line !== this.lastLine) this.lineCount += 1;
      this.lastLine = line;
      return;
    }
    if (this.last !== first - 1) {
      if (!Number.isNaN(this.first)) this.text += `${this.lastRange()},`;
      this.first = first;
    }
    this.last = last;
  }

  private lastRange(): string {
    return this.first === this.last ? String(this.first) : `${this.first}-${this.last}`;
  }
}

/** Which records of a request are accepted, and which are refused. */
export interface Verdicts {
  readonly accepted: readonly Reading[];
  /** Who made their timestamps. */
  readonly stamps: Stamps;
  readonly refusals: Refusals;
}
