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

  get isEmpty(): boolean {
    return this.pending.length === 0;
  }

  /** What a save has to know: those that wait, and those whose state ended since markSaved(). */
  get unsaved(): readonly Forget[] {
    return [...this.done, ...this.pending];
  }

  add(forget: Forget): void {
    this.pending.push(forget);
  }

  /** @returns those up to a position, oldest first; they no longer wait */
  takeUpTo(position: Position): readonly Forget[] {
    const due = this.pending.filter((one) => one.position <= position);
    if (due.length > 0) this.pending = this.pending.filter((one) => one.position > position);
    return due.sort((a, b) => a.position - b.position);
  }

  ended(forget: Forget): void {
    this.done.push(forget);
  }

  markSaved(): void {
    this.done = [];
  }
}
