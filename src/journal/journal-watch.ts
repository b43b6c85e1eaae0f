import type { ErrorCode } from '../common/errors/error-codes.js';

/** Above this share of JOURNAL_MAX_BYTES the journal is filling up; below the lower one it no longer is. */
const HIGH_WATER = 0.8;
const LOW_WATER = 0.5;

/** Why nothing is accepted: the journal or the disk is full, or the disk does not take writes. */
const REFUSALS = ['JOURNAL_FULL', 'DISK_FULL', 'JOURNAL_UNAVAILABLE'] as const satisfies ErrorCode[];

/** What the journal can be in. */
export type JournalCondition = 'HIGH_WATER' | (typeof REFUSALS)[number];

/** A condition that has begun or ended. */
export interface JournalChange {
  readonly condition: JournalCondition;
  readonly holds: boolean;
  /** How much of JOURNAL_MAX_BYTES is used, 0 to 1. */
  readonly share: number;
}

/** Knows whether the journal fills up or refuses, and tells when that begins and ends. */
export class JournalWatch {
  private readonly holding = new Set<JournalCondition>();
  private readonly listeners: ((change: JournalChange) => void)[] = [];
  private madeRoom = false;

  constructor(
    private bytes: number,
    private readonly maxBytes: number,
  ) {
    this.measure(bytes);
  }

  /** Calls the listener each time a condition begins or ends; at once for those that hold already. */
  onChange(listener: (change: JournalChange) => void): void {
    this.listeners.push(listener);
    for (const condition of this.holding) listener({ condition, holds: true, share: this.share });
  }

  /** Those that hold now. */
  get conditions(): JournalCondition[] {
    return [...this.holding];
  }

  /** Readings were written, and the journal takes so many bytes now. */
  appended(bytes: number): void {
    this.measure(bytes);
    this.set('DISK_FULL', false);
    this.set('JOURNAL_UNAVAILABLE', false);
    // Beside a full journal a few readings that happen to fit are no sign that it accepts again.
    if (this.madeRoom) this.set('JOURNAL_FULL', false);
  }

  /** Readings have left, and the journal takes so many bytes now. */
  released(bytes: number): void {
    if (bytes < this.bytes) this.madeRoom = true;
    this.measure(bytes);
  }

  refused(code: ErrorCode): void {
    const condition = REFUSALS.find((refusal) => refusal === code);
    if (condition === 'JOURNAL_FULL') this.madeRoom = false;
    if (condition) this.set(condition, true);
  }

  private get share(): number {
    return this.bytes / this.maxBytes;
  }

  private measure(bytes: number): void {
    this.bytes = bytes;
    if (this.share >= HIGH_WATER) this.set('HIGH_WATER', true);
    else if (this.share < LOW_WATER) this.set('HIGH_WATER', false);
  }

  private set(condition: JournalCondition, holds: boolean): void {
    if (this.holding.has(condition) === holds) return;
    if (holds) this.holding.add(condition);
    else this.holding.delete(condition);
    for (const listener of this.listeners) listener({ condition, holds, share: this.share });
  }
}
