import { createHash } from 'node:crypto';

import { VERSION } from '../common/config/version.js';
import type { JournalHold } from '../journal/journal-cursor.js';
import { type Position, positionBefore } from '../journal/journal-entry.js';
import type { JournalFeed } from '../pipeline/journal-feed.js';
import {
  type BackedUpFile,
  type BackupEnd,
  type BackupHeader,
  FIRST_LINE,
  FORMAT,
  frameHead,
  FrameKind,
  summaryOf,
} from './backup-format.js';
import type { BackupFiles } from './backup-files.js';
import { encodeJournalPage } from './journal-page.js';

/** How often the journal's new entries are taken in between: it keeps them until then. */
const JOURNAL_INTERVAL_MS = 100;

const SLICE_BYTES = 256 << 10;

interface Part {
  readonly kind: FrameKind;
  /** The frame's body, in pieces. */
  readonly body: readonly Uint8Array[];
}

/**
 * Makes one backup. The order makes it consistent: first the state, then the store, and the journal from the position
 * of the state on. What changes in the store while it is read, changes because of entries that follow the state: the
 * restored gateway carries them out once more, as after a crash. So each page of the store may be of another moment.
 */
export class BackupRun {
  private readonly hash = createHash('sha256');
  private journalFrom: number | undefined;
  private nextJournalMs = 0;
  private readings = 0;
  private sent = 0;

  /**
   * @param hold opened when the backup began, before the copy of the state
   * @param stateBytes of the copy of state.db, which was made after that
   * @param problem why to give up, asked before each part; undefined while there is no reason
   */
  constructor(
    private readonly files: BackupFiles,
    private readonly journal: Pick<JournalFeed, 'position'>,
    private readonly hold: JournalHold,
    private readonly stateBytes: number,
    private readonly header: Pick<BackupHeader, 'createdAt' | 'store'>,
    private readonly problem: () => string | undefined,
  ) {}

  /** How many bytes were read so far. */
  get bytes(): number {
    return this.sent;
  }

  /**
   * The file, as it is read. When something fails, its last frame says why.
   * @param onEnd called with what failed; undefined when the backup is whole
   */
  async *content(onEnd: (failure: string | undefined) => void): AsyncGenerator<Buffer> {
    try {
      yield this.count(FIRST_LINE);
      for await (const { kind, body } of this.parts()) {
        yield this.count(frameHead(kind, lengthOf(body)));
        for (const slice of slicesOf(body)) yield this.count(slice);
        const problem = this.problem();
        if (problem !== undefined) throw new Error(problem);
      }
      yield* frame(FrameKind.END, this.end());
      onEnd(undefined);
    } catch (error) {
      // What failed because the backup was given up is no reason.
      const message = this.problem() ?? (error as Error).message;
      yield* frame(FrameKind.FAILED, { message });
      onEnd(message);
    }
  }

  private async *parts(): AsyncGenerator<Part> {
    for await (const part of this.inOrder()) {
      yield part;
      if (performance.now() >= this.nextJournalMs) yield* this.someOfJournal();
    }
  }

  private async *inOrder(): AsyncGenerator<Part> {
    yield json(FrameKind.HEADER, { format: FORMAT, version: VERSION, ...this.header } satisfies BackupHeader);
    yield* this.copied('state.db', this.stateBytes);
    // The log has what rules found before they save how far they have judged.
    for (const name of ['rules.db', 'system-log.db'] as const) yield* this.copied(name);
    for await (const { bytes, rows } of this.files.readings()) {
      this.readings += rows;
      yield { kind: FrameKind.READINGS, body: [bytes] };
    }
    yield* this.restOfJournal();
    yield* this.copied('keys.db');
    // After the journal: the timestamps in it are reserved there.
    for (const name of ['clock', 'clock.copy', 'protected'] as const) yield* this.small(name);
  }

  private async *copied(name: BackedUpFile, copiedBytes?: number): AsyncGenerator<Part> {
    const bytes = copiedBytes ?? (await this.files.copy(name));
    if (bytes === undefined) return;
    yield json(FrameKind.FILE, { name });
    for await (const chunk of this.files.readCopy(bytes)) yield { kind: FrameKind.CONTENT, body: [chunk] };
  }

  private async *small(name: BackedUpFile): AsyncGenerator<Part> {
    const body = await this.files.readSmall(name);
    if (!body) return;
    yield json(FrameKind.FILE, { name });
    yield { kind: FrameKind.CONTENT, body: [body] };
  }

  /** Up to what is accepted now; more would follow for ever. */
  private async *restOfJournal(): AsyncGenerator<Part> {
    const { position } = this.journal;
    while (this.hold.position < position) yield this.nextJournalPage(position);
    // What is accepted from now on is not in the backup, and clocks may be read without it.
    this.nextJournalMs = Infinity;
  }

  /** A page, and all that the journal keeps only for this backup: however fast readings arrive, it does not grow. */
  private async *someOfJournal(): AsyncGenerator<Part> {
    const { position } = this.journal;
    while (this.hold.position < position) {
      yield this.nextJournalPage(position);
      if (this.hold.heldBytes === 0) break;
    }
    this.nextJournalMs = performance.now() + JOURNAL_INTERVAL_MS;
  }

  /** @throws Error when there is none before a position */
  private async nextJournalPage(position: Position): Promise<Part> {
    const entries = await this.hold.readBytes();
    const [first] = entries;
    const last = entries.at(-1);
    if (!first || !last) throw new Error(`The journal ends at ${this.hold.position} instead of ${position}`);
    this.journalFrom ??= positionBefore(first);
    this.hold.advance(last.position);
    await this.hold.commit(last.position);
    return { kind: FrameKind.JOURNAL, body: encodeJournalPage(entries) };
  }

  private end(): BackupEnd {
    const journalTo = this.hold.position;
    const { readings, journalFrom = journalTo } = this;
    const summary = { journalFrom, journalTo, readings };
    return { ...summary, sha256: this.hash.update(summaryOf(summary)).digest('hex') };
  }

  private count(bytes: Buffer): Buffer {
    this.hash.update(bytes);
    this.sent += bytes.length;
    return bytes;
  }
}

function json(kind: FrameKind, value: object): Part {
  return { kind, body: [Buffer.from(JSON.stringify(value))] };
}

function* frame(kind: FrameKind, value: object): Generator<Buffer> {
  const { body } = json(kind, value);
  yield frameHead(kind, lengthOf(body));
  yield* slicesOf(body);
}

function lengthOf(body: Part['body']): number {
  return body.reduce((sum, { length }) => sum + length, 0);
}

/** So small that the checksum of one does not hold the event loop. */
function* slicesOf(body: Part['body']): Generator<Buffer> {
  for (const piece of body)
    for (let at = 0; at < piece.length; at += SLICE_BYTES)
      yield bufferOf(piece.subarray(at, at + SLICE_BYTES));
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
