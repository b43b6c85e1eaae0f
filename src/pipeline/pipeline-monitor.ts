import type { JournalChange, JournalCondition, JournalRefusal } from '../journal/journal-watch.js';
import type { JournalRetention } from '../journal/journal-retention.js';
import type { Group, ReadingLog } from '../journal/reading-log.js';
import type { Deletions } from './deletions.js';
import type { Intake } from './intake.js';
import type { PipelineCounters, PipelineCounts, SinceStart } from './pipeline-counters.js';

/** The state of the pipeline, for rooms that report it; read-only. */
export class PipelineMonitor {
  constructor(
    private readonly journal: ReadingLog,
    private readonly retention: JournalRetention,
    private readonly intake: Intake,
    private readonly counters: PipelineCounters,
    private readonly deletions: Pick<Deletions, 'size'>,
  ) {}

  get counts(): PipelineCounts {
    return this.counters.now;
  }

  /** Readings that were accepted, were stored and became dead letters since the start. */
  get sinceStart(): SinceStart {
    return this.counters.sinceStart;
  }

  /** Readings that rules have not judged yet, or whose result is not saved yet; the journal keeps them. */
  get unjudged(): number {
    return this.retention.uncommittedReadings;
  }

  /** Whether readings are accepted; they are not while the gateway is draining. */
  get isAccepting(): boolean {
    return this.intake.isAccepting;
  }

  /** Deletions that are not carried out yet. */
  get pendingDeletions(): number {
    return this.deletions.size;
  }

  /** Whether the store has everything that was accepted, and has deleted what was to be deleted. */
  get isStored(): boolean {
    return this.counters.now.queued === 0 && this.deletions.size === 0;
  }

  /** Whether nothing is left to do: nothing is on its way to the disk, to the store or to rules. */
  get isEmpty(): boolean {
    return this.isStored && this.unjudged === 0 && this.journal.oldestWaitingMs === undefined;
  }

  get journalBytes(): number {
    return this.journal.watch.bytes;
  }

  /** The journal accepts nothing that would make it larger. */
  get journalMaxBytes(): number {
    return this.journal.watch.maxBytes;
  }

  /** Why the journal refuses readings, or will soon; normally empty. */
  get journalConditions(): JournalCondition[] {
    return this.journal.watch.conditions;
  }

  /** Calls the listener each time such a condition begins or ends; at once for those that hold now. */
  onJournalChange(listener: (change: JournalChange) => void): void {
    this.journal.watch.onChange(listener);
  }

  /** Calls the listener each time the journal refuses readings, with the reason. */
  onRefused(listener: (refusal: JournalRefusal) => void): void {
    this.journal.watch.onRefused(listener);
  }

  /** Calls the listener with every group of entries that were synced together. */
  onGroup(listener: (group: Group) => void): void {
    this.journal.onGroup(listener);
  }
}
