import { type GatewayError, tryAgain } from '../errors/gateway-error.js';
import { CallError, CallThread, type FileOptions } from '../threads/call-thread.js';
import { decodeEntry, encodeEntry, type Entry } from './entry.js';
import type { JournalOptions, JournalStart } from './journal-files.js';
import { JournalWatch } from './journal-watch.js';
import type { JournalCalls } from './journal.worker.js';
import type { Counters } from './note.js';
import { encodeRecord, HEADER_BYTES, type Record } from './record.js';

/** Readings waiting for the disk may take so many bytes of memory; beyond it requests are refused. */
const MAX_WAITING_BYTES = 64 << 20;
/** One write to the disk takes at most so many bytes, unless a single request is larger. */
const MAX_GROUP_BYTES = 4 << 20;
/** A disk that is full or broken may be asked again after so many seconds. */
const RETRY_AFTER_S = 5;

/** A place in the journal: later is greater, and nothing else is to be read from it. */
export type Position = number;

/** An entry as it comes out of the journal. */
export interface JournalEntry {
  readonly position: Position;
  /** Its readings, or those that are lost with it. */
  readonly count: number;
  /** Undefined where the file was damaged and the readings are lost. */
  readonly entry: Entry | undefined;
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
  readonly body: Buffer;
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
  /** Called with every entry and its place once it is on disk, in the journal's order, before append() returns. */
  onAppend: (entry: Entry, position: Position) => void = () => undefined;
  /** Called with every group once it is on disk. */
  onGroup: (group: Group) => void = () => undefined;
  private waiting: Waiting[] = [];
  private group: readonly Waiting[] = [];
  private waitingBytes = 0;
  private lastSeq: number;
  private appending: Promise<void> | undefined;

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
    const size = body.length + HEADER_BYTES;
    if (this.bytes + this.waitingBytes + size > this.maxBytes) {
      this.watch.refused('JOURNAL_FULL');
      throw tryAgain(
        'JOURNAL_FULL',
        'The journal is full: the store has not taken what is queued',
        RETRY_AFTER_S,
      );
    }
    if (this.waitingBytes + size > MAX_WAITING_BYTES)
      throw tryAgain('TOO_BUSY', 'Too many readings wait for the disk; send these again later', 1);
    this.waitingBytes += size;
    return new Promise<void>((resolve, reject) => {
      this.waiting.push({ entry, body, resolve, reject });
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
    return (await this.readRecords(after, maxBytes)).map((record) => toEntry(record));
  }

  /** The same as they stand in the files, for those who read them in a thread of their own. */
  readRecords(after: Position, maxBytes?: number): Promise<Record[]> {
    return this.thread.call('read', [after, maxBytes]);
  }

  /**
   * Everything up to `position` is stored or set aside.
   * @param keepAfter everything up to here may go; its space is given back
   */
  async release(position: Position, keepAfter: Position, counters: Counters): Promise<void> {
    this.bytes = await this.thread.call('release', [position, keepAfter, counters]);
    this.watch.released(this.bytes);
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
    let bytes = 0;
    let count = 0;
    for (const { body } of this.waiting) {
      bytes += body.length + HEADER_BYTES;
      if (count > 0 && bytes > MAX_GROUP_BYTES) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async appendGroup(group: readonly Waiting[]): Promise<void> {
    let lastSeq = this.lastSeq;
    const records = group.map(({ entry, body }) => {
      const record = encodeRecord({ seq: lastSeq + 1, count: entry.readings.length, body });
      lastSeq += entry.readings.length;
      return record;
    });
    const bytes = Buffer.concat(records);
    this.group = group;
    try {
      const { journalBytes, syncMs } = await this.thread.call('append', [bytes, lastSeq]);
      this.bytes = journalBytes;
      this.watch.appended(journalBytes);
      this.onGroup({ readings: lastSeq - this.lastSeq, bytes: bytes.length, syncMs });
      let position = this.lastSeq;
      this.lastSeq = lastSeq;
      this.group = [];
      for (const { entry, resolve } of group) {
        position += entry.readings.length;
        this.onAppend(entry, position);
        resolve();
      }
    } catch (error) {
      this.group = [];
      const refusal = toRefusal(error);
      this.watch.refused(refusal.code);
      for (const { reject } of group) reject(refusal);
    } finally {
      this.waitingBytes -= bytes.length;
    }
  }
}

/** @param record from readRecords() */
export function toEntry({ seq, count, body }: Record): JournalEntry {
  return {
    position: seq + count - 1,
    count,
    entry: body.length === 0 ? undefined : decodeEntry(body),
  };
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
