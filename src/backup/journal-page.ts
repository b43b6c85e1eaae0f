import type { EntryBytes } from '../journal/journal-entry.js';

/** Position (8), count (4) and length of the body (4), little-endian. */
const HEAD_BYTES = 16;

/**
 * Entries of the journal: each with a head, and its body as it is in the journal.
 * @returns the page, in pieces
 */
export function encodeJournalPage(entries: readonly EntryBytes[]): readonly Uint8Array[] {
  const [only] = entries;
  // It may have 64 MiB, which would take long to copy.
  if (only && entries.length === 1) return [headOf(only), only.body];
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, { body }) => sum + HEAD_BYTES + body.length, 0));
  let at = 0;
  for (const entry of entries) {
    writeHead(bytes, at, entry);
    bytes.set(entry.body, at + HEAD_BYTES);
    at += HEAD_BYTES + entry.body.length;
  }
  return [bytes];
}

function headOf(entry: EntryBytes): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES);
  writeHead(bytes, 0, entry);
  return bytes;
}

function writeHead(bytes: Buffer, at: number, { position, count, body }: EntryBytes): void {
  bytes.writeBigUInt64LE(BigInt(position), at);
  bytes.writeUInt32LE(count, at + 8);
  bytes.writeUInt32LE(body.length, at + 12);
}

/**
 * @param bytes from encodeJournalPage(), in one piece
 * @throws RangeError when they are not
 */
export function decodeJournalPage(bytes: Buffer): EntryBytes[] {
  const entries: EntryBytes[] = [];
  for (let at = 0; at < bytes.length;) {
    const position = Number(bytes.readBigUInt64LE(at));
    const count = bytes.readUInt32LE(at + 8);
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 12);
    if (end > bytes.length) throw new RangeError('An entry of the journal ends behind its page');
    entries.push({ position, count, body: bytes.subarray(at + HEAD_BYTES, end) });
    at = end;
  }
  return entries;
}
