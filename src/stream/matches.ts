const KEPT = 500;

/** Where in the journal, or in the log, something matches a filter: the newest such positions, in order. */
export class Matches {
  private positions: number[] = [];

  /** @param known every match after this position will be added */
  constructor(private known: number) {}

  add(position: number): void {
    this.positions.push(position);
    // It grows to twice its size before it is cut, so that positions are rarely copied.
    if (this.positions.length < 2 * KEPT) return;
    this.positions = this.positions.slice(-KEPT);
    this.forget((this.positions[0] ?? 0) - 1);
  }

  /** What matches up to a position is not known any more. */
  forget(position: number): void {
    this.known = Math.max(this.known, position);
  }

  /** Whether something matches after a position, or may match. */
  hasAfter(position: number): boolean {
    return position < this.known || position < (this.positions.at(-1) ?? 0);
  }

  /** The last position up to `head` with no match between it and `position`. */
  skip(position: number, head: number): number {
    const next = this.after(position);
    if (!next) return position;
    return next[0] === undefined ? head : next[0] - 1;
  }

  /** @returns what matches after a position; undefined when that is not known */
  after(position: number): readonly number[] | undefined {
    if (position < this.known) return undefined;
    let index = this.positions.length;
    while (index > 0 && (this.positions[index - 1] ?? 0) > position) index -= 1;
    return index === this.positions.length ? [] : this.positions.slice(index);
  }
}
