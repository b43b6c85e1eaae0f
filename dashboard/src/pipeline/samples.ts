import type { PipelineStatus } from '../api/client.js';

/** So much of the past is drawn. */
export const WINDOW_MS = 5 * 60_000;
/** Rates are means over so long, so that they do not jump with each batch. */
const RATE_OVER_MS = 5_000;
/** Figures that are further apart have a gap between them: the tab was hidden, or the gateway away. */
export const GAP_MS = 8_000;

/** What the pipeline was like at a moment. */
export interface Sample {
  /** Milliseconds of the browser's own clock. */
  readonly timeMs: number;
  readonly queued: number;
  readonly journalBytes: number;
  /** Readings a second; undefined until there are two samples. */
  readonly acceptedRate: number | undefined;
  readonly storedRate: number | undefined;
  readonly deadLetteredRate: number | undefined;
  /** How fast the journal grows, bytes a second. */
  readonly growth: number | undefined;
}

interface Counted extends Sample {
  readonly status: PipelineStatus;
}

/** The last minutes, as they were seen here. */
export class Samples {
  private counted: readonly Counted[] = [];

  /** The oldest first. */
  get all(): readonly Sample[] {
    return this.counted;
  }

  get last(): Sample | undefined {
    return this.counted.at(-1);
  }

  take(status: PipelineStatus, timeMs: number): void {
    const recent = this.counted.filter((sample) => sample.timeMs > timeMs - WINDOW_MS);
    const before = recent.at(-1);
    const isNear = before !== undefined && timeMs - before.timeMs < GAP_MS;
    const base = isNear ? recent.find((sample) => sample.timeMs > timeMs - RATE_OVER_MS - 500) : undefined;
    const rateOf = (name: 'accepted' | 'stored' | 'deadLettered'): number | undefined =>
      base &&
      Math.max(
        0,
        growthOf(base, status, timeMs, (of) => of[name]),
      );
    this.counted = [
      ...recent,
      {
        timeMs,
        status,
        queued: status.queued,
        journalBytes: status.journalBytes,
        acceptedRate: rateOf('accepted'),
        storedRate: rateOf('stored'),
        deadLetteredRate: rateOf('deadLettered'),
        growth: base && growthOf(base, status, timeMs, (of) => of.journalBytes),
      },
    ];
  }
}

/** @returns by how much a figure grew a second */
function growthOf(
  base: Counted,
  status: PipelineStatus,
  timeMs: number,
  read: (of: PipelineStatus) => number,
): number {
  return ((read(status) - read(base.status)) * 1000) / (timeMs - base.timeMs);
}
