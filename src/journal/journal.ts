import { Logger } from '@nestjs/common';

import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { Counters } from './checkpoint.js';
import { decodeEntry } from './entry-codec.js';
import type { Entry } from './entry.js';
import { GroupCommit } from './group-commit.js';
import type { AcceptedEntry, EntryBytes, JournalEntry, Position } from './journal-entry.js';
import type { JournalOptions, JournalStart } from './journal-files.js';
import { JournalWatch } from './journal-watch.js';
import type { JournalCalls } from './journal.worker.js';
import { LastingWarnings } from './lasting-warnings.js';
import { type Group, ReadingLog } from './reading-log.js';

/** Bytes that are read at once. */
const READ_BYTES = 1 << 20;

/** The reading log in files on the local disk, which a thread of its own writes and reads. */
export class Journal extends ReadingLog {
  readonly watch: JournalWatch;
  private readonly commits: GroupCommit;
  private readonly logger = new Logger(Journal.name);
  private readonly warnings = new LastingWarnings(this.logger);

  private constructor(
    private readonly thread: CallThread<JournalCalls>,
    readonly start: JournalStart,
    maxBytes: number,
  ) {
    super();
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

  get position(): Position {
    return this.commits.position;
  }

  get oldestWaitingMs(): number | undefined {
    return this.commits.oldestWaitingMs;
  }

  onAccepted(listener: (accepted: readonly AcceptedEntry[]) => void): void {
    this.commits.onAccepted(listener);
  }

  onGroup(listener: (group: Group) => void): void {
    this.commits.onGroup(listener);
  }

  onDamage(listener: (damage: string) => void): void {
    this.commits.onFileDeleted((file) => {
      listener(
        `journal/${file} was deleted while the gateway ran: readings in it that the store does not have yet are lost when the gateway stops`,
      );
    });
  }

  append(entry: Entry): Promise<void> {
    return this.commits.append(entry);
  }

  async read(after: Position, maxBytes?: number): Promise<JournalEntry[]> {
    const entries = (await this.readBytes(after, maxBytes)).map(({ position, count, body }): JournalEntry => {
      const entry = body.length === 0 ? undefined : decodeEntry(body, count);
      return { position, count, entry, isUnreadable: !entry && body.length > 0 };
    });
    for (const { position, count, isUnreadable } of entries)
      if (isUnreadable) await this.replaceByGap(position - count + 1);
    return entries;
  }

  async readBytes(after: Position, maxBytes = READ_BYTES): Promise<EntryBytes[]> {
    const records = await this.thread.call('read', [after, maxBytes]);
    return records.map(({ seq, count, body }) => ({ position: seq + count - 1, count, body }));
  }

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
