import { Logger } from '@nestjs/common';

import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { Counters } from './checkpoint.js';
import { decodeEntry, type Entry } from './entry-codec.js';
import { type Group, GroupCommit } from './group-commit.js';
import type { AcceptedEntry, EntryBytes, JournalEntry, Position } from './journal-entry.js';
import type { JournalOptions, JournalStart } from './journal-files.js';
import { JournalWatch } from './journal-watch.js';
import type { JournalCalls } from './journal.worker.js';
import { LastingWarnings } from './lasting-warnings.js';

/** Bytes that are read at once. */
const READ_BYTES = 1 << 20;

/** The durable queue between acceptance and the store. */
export class Journal {
  /** Reports when the journal fills up, refuses, and accepts again; knows its bytes on disk. */
  readonly watch: JournalWatch;
  private readonly commits: GroupCommit;
  private readonly logger = new Logger(Journal.name);
  private readonly warnings = new LastingWarnings(this.logger);

  private constructor(
    private readonly thread: CallThread<JournalCalls>,
    readonly start: JournalStart,
    maxBytes: number,
  ) {
    this.watch = new JournalWatch(start.journalBytes, maxBytes);
    this.commits = new GroupCommit(thread, this.watch, this.warnings, start.acknowledgedSeq);
  }

  /**
   * @param folder made when it is missing
   * @throws StartError saying why the folder cannot be used
   */
  static async open(
    folder: string,
    maxBytes: number,
    files: FileOptions,
    { releasedSeq, reserveBytes }: Pick<JournalOptions, 'releasedSeq' | 'reserveBytes'>,
  ): Promise<Journal> {
    const segmentBytes = Math.min(16 << 20, Math.max(64 << 10, Math.floor(maxBytes / 16)));
    const script = new URL('./journal.worker.js', import.meta.url);
    const thread = await CallThread.open<JournalCalls>(script, folder, files, {
      releasedSeq,
      reserveBytes,
      segmentBytes,
    });
    return new Journal(thread, await thread.call('start', []), maxBytes);
  }

  /** At the start, everything up to this position had left the journal. */
  get releasedAtStart(): Position {
    return this.start.releasedSeq;
  }

  /** The position of the newest entry on disk. */
  get position(): Position {
    return this.commits.position;
  }

  /** When the oldest entry that waits for the disk was accepted by the monotonic clock of this run, in milliseconds. */
  get oldestWaitingMs(): number | undefined {
    return this.commits.oldestWaitingMs;
  }

  /** Calls the listener with the entries of every group once they are on disk, in order, before append() returns. */
  onAccepted(listener: (accepted: readonly AcceptedEntry[]) => void): void {
    this.commits.onAccepted(listener);
  }

  /** Calls the listener with every group once it is on disk. */
  onGroup(listener: (group: Group) => void): void {
    this.commits.onGroup(listener);
  }

  /** Calls the listener with the name of a file that somebody deleted while the journal appended to it. */
  onFileDeleted(listener: (file: string) => void): void {
    this.commits.onFileDeleted(listener);
  }

  /**
   * Returns once the entry is on disk, whole.
   * @throws GatewayError JOURNAL_FULL, DISK_FULL, JOURNAL_UNAVAILABLE or TOO_BUSY: nothing of it is kept
   */
  append(entry: Entry): Promise<void> {
    return this.commits.append(entry);
  }

  /** About `maxBytes` of the entries that follow a position, oldest first; empty when there are none yet. */
  async read(after: Position, maxBytes?: number): Promise<JournalEntry[]> {
    const entries = (await this.readBytes(after, maxBytes)).map(({ position, count, body }): JournalEntry => {
      const entry = body.length === 0 ? undefined : decodeEntry(body, count);
      return { position, count, entry, isUnreadable: !entry && body.length > 0 };
    });
    for (const { position, count, isUnreadable } of entries)
      if (isUnreadable) await this.replaceByGap(position - count + 1);
    return entries;
  }

  /** The same as bytes, for readers that decode them in their own thread. */
  async readBytes(after: Position, maxBytes = READ_BYTES): Promise<EntryBytes[]> {
    const records = await this.thread.call('read', [after, maxBytes]);
    return records.map(({ seq, count, body }) => ({ position: seq + count - 1, count, body }));
  }

  /**
   * Records that everything up to `position` is stored or became dead letters.
   * @param keepAfter everything up to here may be deleted, which frees its disk space
   * @param neededAfter nobody but a hold needs what is up to here
   * @returns the bytes of the files that stay only for a hold
   * @throws CallError when the journal is closed
   */
  async release(
    position: Position,
    keepAfter: Position,
    counters: Counters,
    neededAfter: Position,
  ): Promise<number> {
    const released = await this.thread.call('release', [position, keepAfter, counters, neededAfter]);
    this.watch.released(released.journalBytes);
    this.warnings.reportCheckpoint(released.checkpointFailure);
    this.warnings.report('space', released.deleteFailure, 'The journal cannot free disk space');
    return released.heldBytes;
  }

  /** Waits for the writes in flight. May be called twice. */
  async close(): Promise<void> {
    await this.commits.close();
    await this.thread.close();
  }

  private async replaceByGap(seq: number): Promise<void> {
    try {
      await this.thread.call('replaceByGap', [seq]);
    } catch (error) {
      // Readers skip it nevertheless, and the next start finds it again.
      this.logger.error(`A damaged file of the journal cannot be repaired: ${(error as Error).message}`);
    }
  }
}
