import { crc32 } from 'node:zlib';

/**
 * A record is what one request put into the journal:
 *
 *   bytes 0-3    the file's marker
 *   bytes 4-7    checksum of all that follows: CRC-32 (zlib), begun with the file's seed plus the record's offset
 *   bytes 8-11   length of the body in bytes
 *   bytes 12-15  how many sequence numbers it takes
 *   bytes 16-23  its first sequence number
 *   from 24      the body
 *
 * Numbers are little-endian. The checksum is the journal's own because neither SQLite nor a file system reports a
 * flipped bit or a missing tail.
 *
 * Marker and seed are 64 random bits, new for each file and kept in its name (format PXJ2, see segment.ts). Behind a
 * damaged record, recovery looks for the next marker, and bodies hold what devices send: no sender knows these bits, so no
 * body can imitate a record. Because of the offset in the checksum, a copy of a record elsewhere is not a record.
 */
export interface RecordKey {
  readonly marker: Buffer;
  readonly seed: number;
  /** Whether a record's offset in the file is part of its checksum. */
  readonly bindsOffset: boolean;
}

/** The format of earlier builds, with a marker known to everybody. Such files are read and never appended to. */
export const FIRST_FORMAT: RecordKey = { marker: Buffer.from('PXJ1'), seed: 0, bindsOffset: false };

export const HEADER_BYTES = 24;
/** The largest `count` that fits its four bytes. */
export const MAX_COUNT = 2 ** 32 - 1;

export interface Record {
  /** The first of its sequence numbers. */
  readonly seq: number;
  /** How many it takes: one for each reading. */
  readonly count: number;
  /** Empty where the readings are lost. */
  readonly body: Uint8Array;
}

/** A record, and where it is in its segment. */
export interface PlacedRecord extends Record {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

/** @param offset its offset in the file */
export function encodeRecord(key: RecordKey, offset: number, record: Record): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + record.body.length);
  writeRecord(bytes, 0, record);
  addChecksum(key, offset, bytes, 0, bytes.length);
  return bytes;
}

/**
 * Writes a record into bytes that have room for it, without marker and checksum: those depend on the file, see addChecksums().
 * @returns the first byte after it
 */
export function writeRecord(bytes: Buffer, start: number, { seq, count, body }: Record): number {
  const end = start + HEADER_BYTES + body.length;
  bytes.set(body, start + HEADER_BYTES);
  bytes.writeUInt32LE(body.length, start + 8);
  bytes.writeUInt32LE(count, start + 12);
  bytes.writeBigUInt64LE(BigInt(seq), start + 16);
  return end;
}

/**
 * Adds marker and checksum to records that follow each other.
 * @param offset the offset of the first of them in the file
 */
export function addChecksums(key: RecordKey, offset: number, bytes: Buffer): void {
  for (let start = 0; start < bytes.length;) {
    const end = start + HEADER_BYTES + bytes.readUInt32LE(start + 8);
    addChecksum(key, offset + start, bytes, start, end);
    start = end;
  }
}

function addChecksum(key: RecordKey, offset: number, bytes: Buffer, start: number, end: number): void {
  key.marker.copy(bytes, start);
  bytes.writeUInt32LE(crc32(bytes.subarray(start + 8, end), seedAt(key, offset)), start + 4);
}

function seedAt({ seed, bindsOffset }: RecordKey, offset: number): number {
  return bindsOffset ? (seed + offset) >>> 0 : seed;
}

/**
 * @param offset where `bytes` begin in their file
 * @returns the record that begins at `start` in the bytes; undefined when there is none, or it is torn or damaged
 */
export function decodeRecord(
  key: RecordKey,
  offset: number,
  bytes: Buffer,
  start = 0,
): PlacedRecord | undefined {
  if (start + HEADER_BYTES > bytes.length || !key.marker.equals(bytes.subarray(start, start + 4)))
    return undefined;
  const end = start + HEADER_BYTES + bytes.readUInt32LE(start + 8);
  if (end > bytes.length) return undefined;
  const checksum = crc32(bytes.subarray(start + 8, end), seedAt(key, offset + start));
  if (checksum !== bytes.readUInt32LE(start + 4)) return undefined;
  const seq = Number(bytes.readBigUInt64LE(start + 16));
  const count = bytes.readUInt32LE(start + 12);
  // Beyond the safe integers, some numbers equal the next one.
  if (!Number.isSafeInteger(seq + count)) return undefined;
  return { seq, count, body: bytes.subarray(start + HEADER_BYTES, end), start, end };
}

/**
 * All whole records of a segment, in order; what is damaged between them is skipped.
 * @param offset where `bytes` begin in their file
 */
export function* scanRecords(key: RecordKey, offset: number, bytes: Buffer): Generator<PlacedRecord> {
  for (let start = 0; start >= 0 && start < bytes.length;) {
    const record = decodeRecord(key, offset, bytes, start);
    if (record) yield record;
    start = record ? record.end : bytes.indexOf(key.marker, start + 1);
  }
}
