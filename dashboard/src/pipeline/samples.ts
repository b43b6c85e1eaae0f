import type { PipelineStatus } from '../api/schemas.js';

/** The length of the charts. */
export const WINDOW_MS = 5 * 60_000;
/** Rates are averaged over this time, so that they do not jump with each batch. */
const RATE_OVER_MS = 5_000;
/** Samples further apart have a gap between them: the tab was hidden, or the gateway did not answer. */
export const GAP_MS = 8_000;

/** The state of the pipeline at a moment. */
export interface Sample {
  /** Milliseconds since the Unix epoch, by the browser's clock. */
  readonly timeMs: number;
  readonly queued: number;
  readonly journalBytes: number;
  /** Readings per second; undefined until there are two samples. */
  readonly acceptedRate: number | undefined;
  readonly storedRate: number | undefined;
  readonly deadLetteredRate: number | undefined;
  /** Growth of the journal, in bytes per second. */
  readonly journalGrowth: number | undefined;
}

interface SampleWithStatus extends Sample {
  readonly status: PipelineStatus;
}

/** The samples of the last minutes, taken by this page. */
export class Samples {
  private samples: readonly SampleWithStatus[] = [];

  /** Oldest first. */
  get all(): readonly Sample[] {
    return this.samples;
  }

  get last(): Sample | undefined {
    return this.samples.at(-1);
  }

  add(status: PipelineStatus, timeMs: number): void {
    const recent = this.samples.filter((sample) => sample.timeMs > timeMs - WINDOW_MS);
    const before = recent.at(-1);
    const isNear = before !== undefined && timeMs - before.timeMs < GAP_MS;
    const base = isNear ? recent.find((sample) => sample.timeMs > timeMs - RATE_OVER_MS - 500) : undefined;
    const rateOf = (name: 'accepted' | 'stored' | 'deadLettered'): number | undefined =>
      base &&
      Math.max(
        0,
        growthOf(base, status, timeMs, (of) => of[name]),
      );
    this.samples = [
      ...recent,
      {
        timeMs,
        status,
        queued: status.queued,
        journalBytes: status.journalBytes,
        acceptedRate: rateOf('accepted'),
        storedRate: rateOf('stored'),
        deadLetteredRate: rateOf('deadLettered'),
        journalGrowth: base && growthOf(base, status, timeMs, (of) => of.journalBytes),
      },
    ];
  }
}

/** @returns the growth of a counter, per second */
function growthOf(
  base: SampleWithStatus,
  status: PipelineStatus,
  timeMs: number,
  read: (of: PipelineStatus) => number,
): number {
  return ((read(status) - read(base.status)) * 1000) / (timeMs - base.timeMs);
}
