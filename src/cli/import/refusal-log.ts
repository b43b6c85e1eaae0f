/** The most kinds of reasons that are told apart. Reasons of one kind differ in quoted texts and numbers only. */
const MAX_KINDS = 100;
/** The most reasons of one kind that are kept word by word. */
const MAX_REASONS_OF_KIND = 5;
/** The most ranges of lines that are kept for one reason. */
const MAX_RANGES = 20;
const MAX_REASON_LENGTH = 500;
const OTHER_REASONS = 'other reasons';

/** The rows that were refused for one reason. */
export interface RefusedRows {
  readonly reason: string;
  rows: number;
  /** Rows whose lines are not in `ranges`. */
  unlisted: number;
  /** First and last line of rows that follow each other. */
  readonly ranges: [number, number][];
}

/** Which rows are refused, and why, in bounded memory: however many rows there are, and however many reasons. */
export class RefusalLog {
  private total = 0;
  private readonly kinds = new Map<string, Map<string, RefusedRows>>();

  /** @param kept what toJSON() gave */
  constructor(kept: readonly RefusedRows[] = []) {
    for (const group of kept) {
      const { reason } = group;
      const kind = kindOf(reason);
      this.groupsOf(kind).set(reason, { ...group, ranges: group.ranges.map(([from, to]) => [from, to]) });
      this.total += group.rows;
    }
  }

  /** The number of refused rows. */
  get count(): number {
    return this.total;
  }

  /** The reasons with their rows, those of one kind together, in the order in which they appeared. */
  get groups(): RefusedRows[] {
    return [...this.kinds.values()].flatMap((reasons) => [...reasons.values()]);
  }

  /** @param line the line of the file where the row begins, counted from 1 */
  add(line: number, reason: string): void {
    this.total += 1;
    const group = this.groupOf(
      reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH)}…` : reason,
    );
    group.rows += 1;
    const last = group.ranges.at(-1);
    if (last && group.unlisted === 0 && (line === last[1] || line === last[1] + 1)) last[1] = line;
    else if (group.ranges.length < MAX_RANGES) group.ranges.push([line, line]);
    else group.unlisted += 1;
  }

  toJSON(): RefusedRows[] {
    return this.groups;
  }

  private groupOf(reason: string): RefusedRows {
    const kind = kindOf(reason);
    const isKnown = this.kinds.has(kind) || this.kinds.size < MAX_KINDS;
    const reasons = this.groupsOf(isKnown ? kind : OTHER_REASONS);
    const isListed = reasons.has(reason) || (isKnown && reasons.size < MAX_REASONS_OF_KIND);
    const name = isListed ? reason : isKnown ? kind : OTHER_REASONS;
    const group = reasons.get(name) ?? { reason: name, rows: 0, unlisted: 0, ranges: [] };
    reasons.set(name, group);
    return group;
  }

  private groupsOf(kind: string): Map<string, RefusedRows> {
    const reasons = this.kinds.get(kind) ?? new Map<string, RefusedRows>();
    this.kinds.set(kind, reasons);
    return reasons;
  }
}

/** Replaces quoted texts, times and numbers; of a kind itself it makes the same kind. */
function kindOf(reason: string): string {
  return reason.replaceAll(/"[^"]*"/g, '"…"').replaceAll(/\d[\d.:,TZ+-]*/g, '…');
}
