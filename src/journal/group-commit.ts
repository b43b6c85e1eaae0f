import { Logger } from '@nestjs/common';

import { CallError } from '../common/errors/call-error.js';
import { type GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import type { CallThread } from '../common/workers/call-thread.js';
import { encodeEntry } from './entry-codec.js';
import { countOf, type Entry } from './entry.js';
import type { AcceptedEntry, Position } from './journal-entry.js';
import type { Appended } from './journal-files.js';
import type { JournalWatch } from './journal-watch.js';
import type { JournalCalls } from './journal.worker.js';
import type { LastingWarnings } from './lasting-warnings.js';
import type { Group } from './reading-log.js';
import { HEADER_BYTES, writeRecord } from './record.js';

/** Readings that wait for the disk may take this much memory; beyond it requests are refused. */
const MAX_WAITING_BYTES = 64 << 20;
/** Bytes of one write to the disk, unless a single request is larger. */
const MAX_GROUP_BYTES = 4 << 20;
/** Clients may retry after this time when the disk is full or broken. */
const RETRY_AFTER_S = 5;

interface Waiting {
  readonly entry: Entry;
  readonly body: Uint8Array;
  /** The size of its record. */
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes entries in groups: all that arrive while one group is being synced form the next one and share its fsync. */
export class GroupCommit {
  private readonly logger = new Logger('Journal');
  private readonly acceptedListeners: ((accepted: readonly AcceptedEntry[]) => void)[] = [];
  private readonly groupListeners: ((group: Group) => void)[] = [];
  private readonly deletedListeners: ((file: string) => void)[] = [];
  private waiting: Waiting[] = [];
  private group: readonly Waiting[] = [];
  private waitingBytes = 0;
  private appending: Promise<void> | undefined;

  /** @param lastSeq the position of the newest entry on disk */
  constructor(
    private readonly thread: CallThread<JournalCalls>,
    private readonly watch: JournalWatch,
    private readonly warnings: LastingWarnings,
    private lastSeq: number,
  ) {}

  /** The position of the newest entry on disk. */
  get position(): Position {
    return this.lastSeq;
  }

  /** When the oldest entry that waits for the disk was accepted by the monotonic clock of this run, in milliseconds. */
  get oldestWaitingMs(): number | undefined {
    return (this.group[0] ?? this.waiting[0])?.entry.steady?.ms;
  }

  /** See ReadingLog.onAccepted(). */
  onAccepted(listener: (accepted: readonly AcceptedEntry[]) => void): void {
    this.acceptedListeners.push(listener);
  }

  /** See ReadingLog.onGroup(). */
  onGroup(listener: (group: Group) => void): void {
    this.groupListeners.push(listener);
  }

  /** Calls the listener with the name of a file that somebody deleted while the journal appended to it. */
  onFileDeleted(listener: (file: string) => void): void {
    this.deletedListeners.push(listener);
  }

  /** See ReadingLog.append(). */
  append(entry: Entry): Promise<void> {
    const body = encodeEntry(entry);
    const bytes = body.length + HEADER_BYTES;
    if (this.watch.bytes + this.waitingBytes + bytes > this.watch.maxBytes) {
      this.watch.refused('JOURNAL_FULL');
      throw tryAgain(
        'JOURNAL_FULL',
        'The journal is full: the store has not taken what is queued',
        RETRY_AFTER_S,
      );
    }
    if (this.waitingBytes + bytes > MAX_WAITING_BYTES)
      throw tryAgain('TOO_BUSY', 'Too many readings wait for the disk; send these again later', 1);
    this.waitingBytes += bytes;
    return new Promise<void>((resolve, reject) => {
      this.waiting.push({ entry, body, bytes, resolve, reject });
      this.appending ??= this.appendAll();
    });
  }

  /** Waits for the writes in flight. */
  async close(): Promise<void> {
    await this.appending;
  }

  private async appendAll(): Promise<void> {
    // What arrives in the same turn of the event loop joins the first group.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) await this.appendGroup(this.takeGroup());
    this.appending = undefined;
  }

  private takeGroup(): Waiting[] {
    let groupBytes = 0;
    let count = 0;
    for (const { bytes } of this.waiting) {
      groupBytes += bytes;
      if (count > 0 && groupBytes > MAX_GROUP_BYTES) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async appendGroup(group: readonly Waiting[]): Promise<void> {
    let lastSeq = this.lastSeq;
    const bytes = Buffer.allocUnsafe(group.reduce((sum, one) => sum + one.bytes, 0));
    let end = 0;
    for (const { entry, body } of group) {
      const count = countOf(entry);
      end = writeRecord(bytes, end, { seq: lastSeq + 1, count, body });
      lastSeq += count;
    }
    this.group = group;
    try {
      this.accepted(group, lastSeq, bytes.length, await this.thread.call('append', [bytes, lastSeq]));
    } catch (error) {
      const refusal = toRefusal(error);
      this.watch.refused(refusal.code);
      for (const { reject } of group) reject(refusal);
    } finally {
      this.group = [];
      this.waitingBytes -= bytes.length;
    }
  }

  /** The group is on disk now: whatever fails from here on, no request may be answered with an error. */
  private accepted(
    group: readonly Waiting[],
    lastSeq: number,
    bytes: number,
    { journalBytes, syncMs, checkpointFailure, deletedFile }: Appended,
  ): void {
    let position = this.lastSeq;
    const accepted = group.map(({ entry, bytes: itsBytes }) => {
      const count = countOf(entry);
      position += count;
      return { position, count, entry, bytes: itsBytes };
    });
    const readings = lastSeq - this.lastSeq;
    this.lastSeq = lastSeq;
    this.group = [];
    try {
      this.watch.appended(journalBytes);
      for (const listener of this.groupListeners) listener({ readings, bytes, syncMs });
      for (const listener of this.acceptedListeners) listener(accepted);
      this.warnings.reportCheckpoint(checkpointFailure);
      if (deletedFile !== undefined) for (const listener of this.deletedListeners) listener(deletedFile);
    } catch (error) {
      this.logger.error(error);
    }
    for (const { resolve } of group) resolve();
  }
}

function toRefusal(error: unknown): GatewayError {
  // The message may name files of this machine; the code is enough, and the cause has the rest.
  const code = error instanceof CallError ? error.code : '';
  return ['DISK_FULL', 'ENOSPC', 'EDQUOT'].includes(code)
    ? tryAgain('DISK_FULL', 'The disk of DATA_DIR is full', RETRY_AFTER_S, error)
    : tryAgain(
        'JOURNAL_UNAVAILABLE',
        `The disk does not take readings now (${code || 'unknown reason'})`,
        RETRY_AFTER_S,
        error,
      );
}
