import { Logger } from '@nestjs/common';

import { type GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import { CallError } from '../common/errors/call-error.js';
import { countOf, decodeEntry, encodeEntry, type Entry } from './entry.js';
import type { Appended, JournalOptions, JournalStart } from './journal-files.js';
import { JournalWatch } from './journal-watch.js';
import type { JournalCalls } from './journal.worker.js';
import type { Counters } from './checkpoint.js';
import { HEADER_BYTES, writeRecord } from './record.js';

/** Readings waiting for the disk may take so many bytes of memory; beyond it requests are refused. */
const MAX_WAITING_BYTES = 64 << 20;
/** One write to the disk takes at most so many bytes, unless a single request is larger. */
const MAX_GROUP_BYTES = 4 << 20;
/** So much is read at once. */
const READ_BYTES = 1 << 20;
/** A disk that is full or broken may be asked again after so many seconds. */
const RETRY_AFTER_S = 5;

/** A place in the journal: later is greater, and nothing else is to be read from it. */
export type Position = number;

/** An entry as it stands in the journal. */
export interface EntryBytes {
  readonly position: Position;
  /** Its readings, or those that are lost with it. */
  readonly count: number;
  /** For decodeEntry(); empty where the file was damaged and the readings are lost. */
  readonly body: Uint8Array;
}

/** An entry as it comes out of the journal. */
export interface JournalEntry {
  readonly position: Position;
  readonly count: number;
  /** Undefined where the file was damaged and the readings are lost. */
  readonly entry: Entry | undefined;
  /** Whether the record is sound, and yet nobody can read what is in it. */
  readonly isUnreadable?: boolean;
}

/** An entry that was accepted. */
export interface AcceptedEntry extends JournalEntry {
  readonly entry: Entry;
  /** What it takes in the journal. */
  readonly bytes: number;
}

/** What was written and synced at once. */
export interface Group {
  readonly readings: number;
  readonly bytes: number;
  /** How long the disk took to sync it, milliseconds. */
  readonly syncMs: number;
}

interface Waiting {
  readonly entry: Entry;
  readonly body: Uint8Array;
  /** Of its record. */
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The durable queue between acceptance and the store. All that wait while one group is being synced form the next
 * one and share its fsync (group commit).
 */
export class Journal {
  /** Bytes on disk. */
  bytes: number;
  /** Tells when the journal fills up, refuses, and accepts again. */
  readonly watch: JournalWatch;
  /** Called with the entries of every group once they are on disk, in the journal's order, before append() returns. */
  onAppend: (accepted: readonly AcceptedEntry[]) => void = () => undefined;
  /** Called with the name of a file that somebody deleted while it was appended to. */
  onDeleted: (file: string) => void = () => undefined;
  /** Called with every group once it is on disk. */
  onGroup: (group: Group) => void = () => undefined;
  private waiting: Waiting[] = [];
  private group: readonly Waiting[] = [];
  private waitingBytes = 0;
  private lastSeq: number;
  private appending: Promise<void> | undefined;
  private readonly logger = new Logger(Journal.name);
  /** What goes wrong and refuses nobody, as it was told last. */
  private readonly troubles = new Map<string, string>();

  private constructor(
    private readonly thread: CallThread<JournalCalls>,
    readonly start: JournalStart,
    readonly maxBytes: number,
  ) {
    this.bytes = start.journalBytes;
    this.watch = new JournalWatch(this.bytes, maxBytes);
    this.lastSeq = start.acknowledgedSeq;
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

  /** The place up to which everything had left the journal at the start. */
  get releasedAtStart(): Position {
    return this.start.releasedSeq;
  }

  /**
   * Returns once the entry is on disk, whole.
   * @throws GatewayError JOURNAL_FULL, DISK_FULL, JOURNAL_UNAVAILABLE or TOO_BUSY: nothing of it is kept
   */
  append(entry: Entry): Promise<void> {
    const body = encodeEntry(entry);
    const bytes = body.length + HEADER_BYTES;
    if (this.bytes + this.waitingBytes + bytes > this.maxBytes) {
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

  /** The place of the newest entry that is on disk. */
  get position(): Position {
    return this.lastSeq;
  }

  /** When the oldest entry that waits for the disk was accepted, milliseconds since the Unix epoch. */
  get oldestWaitingMs(): number | undefined {
    return (this.group[0] ?? this.waiting[0])?.entry.acceptedMs;
  }

  /** About `maxBytes` of the entries that follow a place, oldest first; none when there are none yet. */
  async read(after: Position, maxBytes?: number): Promise<JournalEntry[]> {
    const entries = (await this.readBytes(after, maxBytes)).map(({ position, count, body }): JournalEntry => {
      const entry = body.length === 0 ? undefined : decodeEntry(body, count);
      return { position, count, entry, isUnreadable: !entry && body.length > 0 };
    });
    for (const { position, count, isUnreadable } of entries)
      if (isUnreadable) await this.replaceByGap(position - count + 1);
    return entries;
  }

  /** The same as bytes, for those who decode them in a thread of their own. */
  async readBytes(after: Position, maxBytes = READ_BYTES): Promise<EntryBytes[]> {
    const records = await this.thread.call('read', [after, maxBytes]);
    return records.map(({ seq, count, body }) => ({ position: seq + count - 1, count, body }));
  }

  /**
   * Everything up to `position` is stored or set aside.
   * @param keepAfter everything up to here may go; its space is given back
   * @throws CallError when the journal is closed
   */
  async release(position: Position, keepAfter: Position, counters: Counters): Promise<void> {
    const released = await this.thread.call('release', [position, keepAfter, counters]);
    this.bytes = released.journalBytes;
    this.watch.released(this.bytes);
    this.tellNote(released.noteFailure);
    this.tell('space', released.deleteFailure, 'The journal cannot give its space back');
  }

  /** Waits for what is being written. May be called twice. */
  async close(): Promise<void> {
    await this.appending;
    await this.thread.close();
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

  /** It is on the disk now: whatever goes wrong from here on, nobody may be told that nothing of it is kept. */
  private accepted(
    group: readonly Waiting[],
    lastSeq: number,
    bytes: number,
    { journalBytes, syncMs, noteFailure, deletedFile }: Appended,
  ): void {
    let position = this.lastSeq;
    const accepted = group.map(({ entry, bytes: its }) => {
      const count = countOf(entry);
      position += count;
      return { position, count, entry, bytes: its };
    });
    const readings = lastSeq - this.lastSeq;
    this.lastSeq = lastSeq;
    this.bytes = journalBytes;
    this.group = [];
    try {
      this.watch.appended(journalBytes);
      this.onGroup({ readings, bytes, syncMs });
      this.onAppend(accepted);
      this.tellNote(noteFailure);
      if (deletedFile !== undefined) this.onDeleted(deletedFile);
    } catch (error) {
      this.logger.error(error);
    }
    for (const { resolve } of group) resolve();
  }

  private async replaceByGap(seq: number): Promise<void> {
    try {
      await this.thread.call('replaceByGap', [seq]);
    } catch (error) {
      // It is passed over all the same, and found again at the next start.
      this.logger.error(`A damaged file of the journal cannot be mended: ${(error as Error).message}`);
    }
  }

  private tellNote(failure: string | undefined): void {
    this.tell(
      'note',
      failure,
      'journal/noted cannot be written, the second opinion on how far the journal is',
    );
  }

  /** Once, as long as it goes on. */
  private tell(subject: string, failure: string | undefined, what: string): void {
    if (failure === this.troubles.get(subject)) return;
    if (failure === undefined) {
      this.troubles.delete(subject);
      this.logger.log(`No longer: ${what}`);
    } else {
      this.troubles.set(subject, failure);
      this.logger.warn(`${what}: ${failure}`);
    }
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
