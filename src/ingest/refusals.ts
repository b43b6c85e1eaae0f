import { MAX_NAMED } from '../common/errors/answer-bounds.js';
import type { FieldError } from '../common/errors/field-error.js';
import type { Reading } from '../model/reading.js';
import type { RecordRefusal } from './record-refusal.js';

/** So long a list of indexes may become; it is ASCII, and an answer has room for it beside its errors. */
const MAX_INDEXES_LENGTH = 36_000;

type Code = RecordRefusal['code'];

/** Which records of a request are refused, in their order: all of them by index, the first hundred problems in words. */
export class Refusals {
  /** What is wrong, field by field. */
  readonly named: RecordRefusal[] = [];
  /** Records by the reason why they are refused. */
  readonly byCode = new Map<Code, number>();
  /** How many records are refused. */
  count = 0;
  /** How many of them are named. */
  namedCount = 0;
  /** All but the last stretch. */
  private text = '';
  private from = NaN;
  private to = NaN;

  /** @param problems what is wrong with the record; none where nobody is going to be told */
  refuse(index: number, code: Code, problems: readonly FieldError[]): void {
    const before = this.named.length;
    for (const { path, message } of problems) {
      if (this.named.length === MAX_NAMED) break;
      this.named.push({ index, path, code, message });
    }
    if (this.named.length > before) this.namedCount += 1;
    this.add(index, index, code);
  }

  /**
   * Refuses a record for one thing.
   * @param problem puts it into words; not called where nobody is going to be told
   */
  refuseFor(index: number, code: Code, problem: () => FieldError): void {
    this.refuse(index, code, this.named.length < MAX_NAMED ? [problem()] : []);
  }

  /** Refuses all records from one on. */
  refuseFrom(index: number, end: number, code: Code, message: string): void {
    this.named.pop();
    this.named.push({ index, path: '', code, message });
    this.add(index, end - 1, code);
  }

  /** Whether the indexes of more records may not fit into an answer. */
  get isFull(): boolean {
    return this.text.length > MAX_INDEXES_LENGTH;
  }

  /** The indexes of all refused records, as "0,2,4-9". */
  get indexes(): string {
    return this.count === 0 ? '' : this.text + this.stretch();
  }

  private add(from: number, to: number, code: Code): void {
    const count = to - from + 1;
    this.count += count;
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + count);
    if (this.to !== from - 1) {
      if (!Number.isNaN(this.from)) this.text += `${this.stretch()},`;
      this.from = from;
    }
    this.to = to;
  }

  private stretch(): string {
    return this.from === this.to ? String(this.from) : `${this.from}-${this.to}`;
  }
}

/** What became of the records of one request. */
export interface Verdicts {
  readonly accepted: readonly Reading[];
  readonly refusals: Refusals;
}
