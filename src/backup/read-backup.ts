import { createHash } from 'node:crypto';

import { BackupError } from './backup-error.js';
import {
  type BackedUpFile,
  type BackupEnd,
  type BackupHeader,
  FIRST_LINE,
  FORMAT,
  FRAME_HEAD_BYTES,
  FrameKind,
  isBackedUpFile,
  MAX_BODY_BYTES,
  summaryOf,
} from './backup-format.js';

/** A frame, whose body is valid until the next one is asked for. */
export interface Frame {
  readonly kind: FrameKind;
  readonly body: Buffer;
}

const KINDS: readonly number[] = Object.values(FrameKind);

/**
 * Reads a backup frame by frame, with the memory of one frame.
 * @throws BackupError when it is none, or damaged, or was cut off, as far as what was read shows; only after the end frame
 *   the whole is known to be sound
 */
export async function* readBackup(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const source = new ByteSource(chunks);
  const hash = createHash('sha256');
  const firstLine = await source.take(FIRST_LINE.length);
  if (!firstLine.equals(FIRST_LINE)) {
    const isCut =
      firstLine.length < FIRST_LINE.length && FIRST_LINE.subarray(0, firstLine.length).equals(firstLine);
    throw new BackupError(isCut ? CUT_OFF : 'it is not a backup of a PredictionX gateway');
  }
  hash.update(firstLine);
  for (let isFirst = true; ; isFirst = false) {
    const head = await source.take(FRAME_HEAD_BYTES);
    if (head.length < FRAME_HEAD_BYTES) throw new BackupError(CUT_OFF);
    const kind = head[0] as FrameKind;
    const length = head.readUInt32LE(1);
    if (!KINDS.includes(kind) || length > MAX_BODY_BYTES || isFirst !== (kind === FrameKind.HEADER))
      throw new BackupError(damagedAt(source.position));
    const body = await source.take(length);
    if (body.length < length) throw new BackupError(CUT_OFF);
    if (kind === FrameKind.FAILED) throw new BackupError(`the gateway gave up: ${reasonIn(body)}`);
    if (kind === FrameKind.END) {
      const end = parseEnd(body, source.position);
      if (end.sha256 !== hash.update(summaryOf(end)).digest('hex'))
        throw new BackupError('it is damaged: its checksum is wrong');
      if ((await source.take(1)).length > 0)
        throw new BackupError('it is damaged: it goes on behind its end');
      yield { kind, body };
      return;
    }
    if (isFirst) refuseNewerFormat(parseHeader(body));
    hash.update(head);
    hash.update(body);
    yield { kind, body };
  }
}

const CUT_OFF = 'it was cut off: its end is missing. Make a new backup';

function damagedAt(position: number): string {
  return `it is damaged before byte ${position}`;
}

/** @throws BackupError */
export function parseHeader(body: Buffer): BackupHeader {
  const { format, version, createdAt, store } = parseJson(body, 'header');
  if (
    typeof format !== 'number' ||
    typeof version !== 'string' ||
    typeof createdAt !== 'string' ||
    typeof store !== 'string'
  )
    throw new BackupError('it is damaged: its header is incomplete');
  return { format, version, createdAt, store };
}

/** @throws BackupError */
export function parseEnd(body: Buffer, position: number): BackupEnd {
  const { journalFrom, journalTo, readings, sha256 } = parseJson(body, 'end');
  if (!isCount(journalFrom) || !isCount(journalTo) || !isCount(readings) || typeof sha256 !== 'string')
    throw new BackupError(damagedAt(position));
  return { journalFrom, journalTo, readings, sha256 };
}

/** @throws BackupError when it is not the name of a file that a backup may hold: it could lie anywhere */
export function parseFileName(body: Buffer): BackedUpFile {
  const { name } = parseJson(body, 'list of files');
  if (!isBackedUpFile(name)) throw new BackupError('it is damaged: it holds a file that no backup has');
  return name;
}

function refuseNewerFormat({ format, version }: BackupHeader): void {
  if (format > FORMAT)
    throw new BackupError(`a newer gateway made it (version ${version}). Restore it with that version`);
}

function parseJson(body: Buffer, what: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // As any other JSON.
  }
  throw new BackupError(`it is damaged: its ${what} cannot be read`);
}

function reasonIn(body: Buffer): string {
  const { message } = parseJson(body, 'end');
  return typeof message === 'string' ? message : 'it does not say why';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Gives the next bytes of a stream, however it is cut into chunks. */
class ByteSource {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** How many bytes were taken. */
  position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** @returns the next bytes; fewer at the end of the stream */
  async take(length: number): Promise<Buffer> {
    while (this.waitingBytes < length) {
      const next = await this.chunks.next();
      if (next.done) break;
      const { buffer, byteOffset, byteLength } = next.value;
      this.waiting.push(Buffer.from(buffer, byteOffset, byteLength));
      this.waitingBytes += byteLength;
    }
    const [only] = this.waiting;
    const bytes = only && this.waiting.length === 1 ? only : Buffer.concat(this.waiting);
    const taken = bytes.subarray(0, length);
    const rest = bytes.subarray(taken.length);
    this.waiting = rest.length > 0 ? [rest] : [];
    this.waitingBytes = rest.length;
    this.position += taken.length;
    return taken;
  }
}
