import { crc32 } from 'node:zlib';

/**
 * A record is what one request put into the journal:
 *
 *   bytes 0-3    "PXJ1"
 *   bytes 4-7    CRC-32 (zlib) of all that follows
 *   bytes 8-11   length of the body in bytes
 *   bytes 12-15  how many sequence numbers it takes
 *   bytes 16-23  its first sequence number
 *   from 24      the body
 *
 * Numbers are little-endian. The checksum is the journal's own because neither SQLite nor a file system tells of a
 * flipped bit or of a tail that is gone.
 */
const MAGIC = Buffer.from('PXJ1');
export const HEADER_BYTES = 24;

export interface Record {
  /** The first of its sequence numbers. */
  readonly seq: number;
  /** How many it takes, one a reading. */
  readonly count: number;
  /** Empty in the place of readings that are lost. */
  readonly body: Uint8Array;
}

/** A record, and where it stands in its segment. */
export interface PlacedRecord extends Record {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

export function encodeRecord(record: Record): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + record.body.length);
  writeRecord(bytes, 0, record);
  return bytes;
}

/** Writes a record into bytes that have room for it. @returns the first byte after it */
export function writeRecord(bytes: Buffer, start: number, { body, ...record }: Record): number {
  const end = start + HEADER_BYTES + body.length;
  bytes.set(body, start + HEADER_BYTES);
  writeHeader(bytes, start, end, record);
  return end;
}

function writeHeader(bytes: Buffer, start: number, end: number, { seq, count }: Omit<Record, 'body'>): void {
  MAGIC.copy(bytes, start);
  bytes.writeUInt32LE(end - start - HEADER_BYTES, start + 8);
  bytes.writeUInt32LE(count, start + 12);
  bytes.writeBigUInt64LE(BigInt(seq), start + 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(start + 8, end)), start + 4);
}

/** @returns the record that starts at an offset; undefined when there is none, or it is torn or damaged */
export function decodeRecord(bytes: Buffer, start: number): PlacedRecord | undefined {
  if (start + HEADER_BYTES > bytes.length || !MAGIC.equals(bytes.subarray(start, start + 4)))
    return undefined;
  const end = start + HEADER_BYTES + bytes.readUInt32LE(start + 8);
  if (end > bytes.length || crc32(bytes.subarray(start + 8, end)) !== bytes.readUInt32LE(start + 4))
    return undefined;
  return {
    seq: Number(bytes.readBigUInt64LE(start + 16)),
    count: bytes.readUInt32LE(start + 12),
    body: bytes.subarray(start + HEADER_BYTES, end),
    start,
    end,
  };
}

/** All whole records of a segment, in order; what is damaged between them is stepped over. */
export function* scanRecords(bytes: Buffer, from = 0): Generator<PlacedRecord> {
  for (let start = from; start >= 0 && start < bytes.length;) {
    const record = decodeRecord(bytes, start);
    if (record) yield record;
    start = record ? record.end : bytes.indexOf(MAGIC, start + 1);
  }
}
