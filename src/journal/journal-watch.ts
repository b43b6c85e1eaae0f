import type { ErrorCode } from '../common/errors/error-codes.js';

/** Above this share of JOURNAL_MAX_BYTES the journal fills up; below the lower one it no longer does. */
const HIGH_WATER = 0.8;
const LOW_WATER = 0.5;

/** Why nothing is accepted: the journal or the disk is full, or the disk does not take writes. */
const REFUSALS = ['JOURNAL_FULL', 'DISK_FULL', 'JOURNAL_UNAVAILABLE'] as const satisfies ErrorCode[];

/** Why readings are refused. */
export type JournalRefusal = (typeof REFUSALS)[number];

/** A condition that the journal can be in. */
export type JournalCondition = 'HIGH_WATER' | JournalRefusal;

/** A condition that has begun or ended. */
export interface JournalChange {
  readonly condition: JournalCondition;
  readonly holds: boolean;
  /** How much of JOURNAL_MAX_BYTES is used, 0 to 1. */
  readonly share: number;
}

/** Knows the journal's size and whether it fills up or refuses, and reports when that begins and ends. */
export class JournalWatch {
  private readonly current = new Set<JournalCondition>();
  private readonly listeners: ((change: JournalChange) => void)[] = [];
  private readonly refusalListeners: ((refusal: JournalRefusal) => void)[] = [];
  private usedBytes: number;
  private hasMadeRoom = false;

  /** @param maxBytes the journal accepts nothing that would make it larger */
  constructor(
    bytes: number,
    readonly maxBytes: number,
  ) {
    this.usedBytes = bytes;
    this.measure(bytes);
  }

  /** The journal's bytes on disk. */
  get bytes(): number {
    return this.usedBytes;
  }

  /** Calls the listener each time a condition begins or ends; at once for those that hold now. */
  onChange(listener: (change: JournalChange) => void): void {
    this.listeners.push(listener);
    for (const condition of this.current) listener({ condition, holds: true, share: this.share });
  }

  /** Calls the listener each time something is refused, also while the condition holds already. */
  onRefused(listener: (refusal: JournalRefusal) => void): void {
    this.refusalListeners.push(listener);
  }

  /** The conditions that hold now. */
  get conditions(): JournalCondition[] {
    return [...this.current];
  }

  /** Readings were written. @param bytes the journal's bytes now */
  appended(bytes: number): void {
    this.measure(bytes);
    this.set('DISK_FULL', false);
    this.set('JOURNAL_UNAVAILABLE', false);
    // While the journal is full, a few readings that happen to fit do not show that it accepts again.
    if (this.hasMadeRoom) this.set('JOURNAL_FULL', false);
  }

  /** Readings have left. @param bytes the journal's bytes now */
  released(bytes: number): void {
    if (bytes < this.bytes) this.hasMadeRoom = true;
    this.measure(bytes);
  }

  /** Readings were refused. @param code why; other codes than those of the conditions change nothing */
  refused(code: ErrorCode): void {
    const condition = REFUSALS.find((refusal) => refusal === code);
    if (condition === 'JOURNAL_FULL') this.hasMadeRoom = false;
    if (!condition) return;
    this.set(condition, true);
    for (const listener of this.refusalListeners) listener(condition);
  }

  private get share(): number {
    return this.bytes / this.maxBytes;
  }

  private measure(bytes: number): void {
    this.usedBytes = bytes;
    if (this.share >= HIGH_WATER) this.set('HIGH_WATER', true);
    else if (this.share < LOW_WATER) this.set('HIGH_WATER', false);
  }

  private set(condition: JournalCondition, holds: boolean): void {
    if (this.current.has(condition) === holds) return;
    if (holds) this.current.add(condition);
    else this.current.delete(condition);
    for (const listener of this.listeners) listener({ condition, holds, share: this.share });
  }
}
