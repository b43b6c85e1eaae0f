import type { Counters } from '../journal/checkpoint.js';

/** Readings by outcome: accepted = stored + queued + deadLettered, at every moment. */
export interface PipelineCounts extends Counters {
  readonly accepted: number;
  readonly queued: number;
}

/** Readings since the start. The counts only grow: damage and replays do not reduce them. */
export interface SinceStart {
  readonly accepted: number;
  readonly stored: number;
  readonly deadLettered: number;
}

/** The readings that a start finds in the journal. */
export interface FoundReadings {
  readonly queued: number;
  /** Dead letters that are in the journal again. */
  readonly replaying: number;
  /** Readings that are lost and whose entries have not left the journal yet. */
  readonly lost: number;
}

/** Counts readings by outcome. */
export class PipelineCounters {
  private readonly counts: { -readonly [Name in keyof PipelineCounts]: number };
  private readonly totals = { accepted: 0, stored: 0, deadLettered: 0 };
  /** Lost readings that are counted as damaged, although their entries have not left the journal yet. */
  private pendingDamage: number;

  /** @param kept the ledger's counters of everything that has left the journal */
  constructor({ stored, deadLettered, damaged }: Counters, { queued, replaying, lost }: FoundReadings) {
    const notReplaying = deadLettered - replaying;
    this.pendingDamage = lost;
    this.counts = {
      accepted: stored + notReplaying + queued,
      stored,
      queued,
      deadLettered: notReplaying,
      damaged: damaged + lost,
    };
  }

  /** The counts of this moment. */
  get now(): PipelineCounts {
    return { ...this.counts };
  }

  /** Readings that were accepted, were stored and became dead letters since the start. */
  get sinceStart(): SinceStart {
    return this.totals;
  }

  /** Readings were accepted. */
  addAccepted(readings: number): void {
    this.counts.queued += readings;
    this.counts.accepted += readings;
    this.totals.accepted += readings;
  }

  /** Dead letters are in the journal again. */
  addReplayed(readings: number): void {
    this.counts.queued += readings;
    this.counts.deadLettered -= readings;
  }

  /** Readings have left the journal. */
  addFinished(stored: number, deadLettered: number): void {
    this.counts.stored += stored;
    this.counts.deadLettered += deadLettered;
    this.counts.queued -= stored + deadLettered;
    this.totals.stored += stored;
    this.totals.deadLettered += deadLettered;
  }

  /**
   * Lost readings have left the journal.
   * @returns how many of them were not counted as damaged at the start
   */
  addDamaged(readings: number): number {
    const uncounted = Math.max(0, readings - this.pendingDamage);
    this.pendingDamage -= readings - uncounted;
    this.counts.queued -= uncounted;
    this.counts.accepted -= uncounted;
    this.counts.damaged += uncounted;
    return uncounted;
  }

  /**
   * The counters for the ledger when the store has lost all readings.
   * @param replaying dead letters that are in the journal again
   */
  withoutStored(replaying: number): Counters {
    const { stored, deadLettered, damaged } = this.counts;
    return {
      stored: 0,
      deadLettered: deadLettered + replaying,
      damaged: damaged - this.pendingDamage + stored,
    };
  }

  /** The store has lost all readings. */
  loseStored(): void {
    const { stored } = this.counts;
    this.counts.stored = 0;
    this.counts.accepted -= stored;
    this.counts.damaged += stored;
  }
}
