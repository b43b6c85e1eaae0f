import { tryAgain } from '../common/errors/gateway-error.js';
import { trace } from '../common/tracing/trace.js';
import { countOf, type Entry } from '../journal/entry.js';
import type { ReadingLog } from '../journal/reading-log.js';

/** Clients may retry after this time: a drain takes a while. */
const DRAINING_RETRY_AFTER_S = 10;

/** Where readings enter the pipeline. */
export class Intake {
  private accepting = true;

  constructor(private readonly journal: Pick<ReadingLog, 'append' | 'watch'>) {}

  /** False while paused. */
  get isAccepting(): boolean {
    return this.accepting;
  }

  /** Refuses every reading from now on, replayed dead letters too. */
  pause(): void {
    this.accepting = false;
  }

  /** Accepts readings again. */
  resume(): void {
    this.accepting = true;
  }

  /**
   * Returns once the readings are on disk and can no longer be lost.
   * @throws GatewayError DRAINING, or as ReadingLog.append(): nothing of it is kept
   */
  accept(entry: Entry): Promise<void> {
    if (!this.accepting)
      throw tryAgain('DRAINING', 'The gateway is draining and accepts no readings', DRAINING_RETRY_AFTER_S);
    // Most of the time is spent waiting for the group before, and for the disk.
    const attributes = { 'predictionx.readings': countOf(entry) };
    return trace({ name: 'journal append', attributes }, () => this.journal.append(entry));
  }

  /** Readings were refused because what must be kept beside the journal cannot be written. */
  reportUnavailable(): void {
    this.journal.watch.refused('JOURNAL_UNAVAILABLE');
  }
}
