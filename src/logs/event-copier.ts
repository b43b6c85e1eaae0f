import { Injectable, Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import { ReadingStore, type Refusal } from '../influx/reading-store.js';
import { StoreBackoff } from '../influx/store-backoff.js';
import type { LoggedEvent } from '../model/system-event.js';
import { SystemLog } from './system-log.js';

/** Entries copied with one write. */
const BATCH_ENTRIES = 1_000;

/**
 * Copies the system log to a remote store, in the order in which entries were appended, each at least once. Entries do
 * not go through the journal: when the journal is full, the log must still be able to say so.
 */
@Injectable()
export class EventCopier {
  private readonly logger = new Logger(EventCopier.name);
  private readonly stopping = new AbortController();
  private hasRecorded = false;
  private copying: Promise<void> | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly log: SystemLog,
    private readonly store: ReadingStore,
  ) {}

  /** Runs until stop(). */
  start(): void {
    if (!this.store.copiesEvents) return;
    this.log.onAppended(() => {
      this.wake();
    });
    this.copying = this.copyAll();
  }

  /** Aborts the present write; its entries are copied again after the next start. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.copying;
  }

  private async copyAll(): Promise<void> {
    const { signal } = this.stopping;
    const retry = new StoreBackoff(this.store, signal);
    for (let attempt = 0; !signal.aborted;) {
      try {
        const more = await this.copyNext();
        attempt = 0;
        if (!more) await this.waitForEntries();
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        if (!(error instanceof StoreUnavailable))
          this.logger.warn(`Cannot copy the system log to the store now: ${(error as Error).message}`);
        await retry.pause(error, attempt);
        attempt += 1;
      }
    }
  }

  /**
   * @returns false when there was nothing to copy
   * @throws StoreUnavailable
   */
  private async copyNext(): Promise<boolean> {
    const { copiedRow, lastRow } = this.log;
    const events = await this.log.after(copiedRow, BATCH_ENTRIES);
    const copiesUpTo = events.at(-1)?.row ?? lastRow;
    if (copiesUpTo === copiedRow) return false;
    const refusals = events.length > 0 ? await this.store.copyEvents(events, this.stopping.signal) : [];
    await this.log.markCopied(copiesUpTo);
    this.warn(copiesUpTo - copiedRow - events.length, events, refusals);
    return true;
  }

  private warn(
    missed: number,
    events: readonly LoggedEvent[],
    [refusal, ...others]: readonly Refusal[],
  ): void {
    if (missed > 0)
      this.logger.warn(
        `${missed} entries left the system log before they could be copied to ${this.store.label}`,
      );
    if (refusal) {
      const count = `${others.length + 1} of ${events.length}`;
      const message = `${this.store.label} refused ${count} entries of the system log: ${refusal.reason}`;
      this.logger.warn(message);
      // What this entry says is true of its own copy, too.
      if (refusal.kind === 'type conflict' && !this.hasRecorded)
        void this.log.record(
          'anomaly',
          `${this.store.label} refuses copies of the system log, because other programs have written system_events with other types; GET /api/logs has all entries (${refusal.reason})`,
        );
      this.hasRecorded ||= refusal.kind === 'type conflict';
    }
  }

  private waitForEntries(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      // Entries may have been appended since copyNext() looked.
      const { copiedRow, lastRow } = this.log;
      if (lastRow > copiedRow || this.stopping.signal.aborted) resolve();
    });
  }
}
