import type { Position } from '../journal/journal-entry.js';

/** A sensor that is forgotten once everything up to a position in the journal is judged. */
export interface Forget {
  readonly sensorId: string;
  readonly position: Position;
}

/** The sensors that are forgotten while the journal is not judged as far, and those that were since the last save. */
export class ForgetQueue {
  private pending: Forget[] = [];
  private done: Forget[] = [];
  /** The first position of those that wait: it is asked for with each entry. */
  private next: Position = Infinity;

  /** Whether one of those that wait is of this position or an earlier one. */
  isDue(position: Position): boolean {
    return position >= this.next;
  }

  /** What a save has to know: those that wait, and those whose state ended since markSaved(). */
  get unsaved(): readonly Forget[] {
    return [...this.done, ...this.pending];
  }

  add(forget: Forget): void {
    this.pending.push(forget);
    this.next = Math.min(this.next, forget.position);
  }

  /** @returns those up to a position, oldest first; they no longer wait */
  takeUpTo(position: Position): readonly Forget[] {
    if (!this.isDue(position)) return [];
    const due = this.pending.filter((one) => one.position <= position);
    this.pending = this.pending.filter((one) => one.position > position);
    this.next = this.pending.reduce((first, one) => Math.min(first, one.position), Infinity);
    return due.sort((a, b) => a.position - b.position);
  }

  ended(forget: Forget): void {
    this.done.push(forget);
  }

  markSaved(): void {
    this.done = [];
  }
}
