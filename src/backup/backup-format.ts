/**
 * A backup is one file: a first line, and frames behind it, each of them
 *
 *   byte 0      its kind
 *   bytes 1-4   the length of its body, little-endian
 *   from 5      the body
 *
 * The first frame is the header and the last one the end, which has the SHA-256 of all bytes before it. A file without
 * an end was cut off. A change that an earlier gateway would not understand raises FORMAT.
 */
export const FORMAT = 1;

/** The name of the file in its folder. */
export const BACKUP_FILE = 'gateway.backup';

/** The folder in DATA_DIR for the copy of a SQLite file that is being sent. */
export const COPIES_FOLDER = 'backing-up';

/** So that people and `file` see what it is. */
export const FIRST_LINE = Buffer.from('PredictionX backup\n');

export const FRAME_HEAD_BYTES = 5;

/** A larger body means damage: a single entry of the journal has at most 64 MiB, and about one more is read with it. */
export const MAX_BODY_BYTES = 80 << 20;

export const FrameKind = {
  /** JSON: BackupHeader. */
  HEADER: 1,
  /** JSON: { name }. A file below DATA_DIR begins; the following CONTENT is its. */
  FILE: 2,
  /** The next bytes of that file. */
  CONTENT: 3,
  /** Readings of the embedded store: see readings-page.ts. */
  READINGS: 4,
  /** Entries of the journal, which continue those of the frame before: see journal-page.ts. */
  JOURNAL: 5,
  /** JSON: BackupEnd. */
  END: 6,
  /** JSON: { message }. The gateway gave up, because of what the message says. Nothing follows. */
  FAILED: 7,
} as const;

export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** What a backup says about itself. */
export interface BackupHeader {
  readonly format: number;
  /** The version of the gateway that made it. */
  readonly version: string;
  /** When it began, RFC 3339, by the machine's clock. */
  readonly createdAt: string;
  /** Where the gateway's readings went then: 'embedded' or 'influxdb'. */
  readonly store: string;
}

export interface BackupEnd {
  /** The journal's entries follow this position… */
  readonly journalFrom: number;
  /** …up to this one. */
  readonly journalTo: number;
  /** Readings of the embedded store. */
  readonly readings: number;
  /** Of all bytes before this frame and summaryOf() of it, hexadecimal. */
  readonly sha256: string;
}

/** What the checksum covers of the end frame. */
export function summaryOf({ journalFrom, journalTo, readings }: Omit<BackupEnd, 'sha256'>): string {
  return JSON.stringify({ journalFrom, journalTo, readings });
}

/** The files below DATA_DIR that a backup may hold, as they are; everything else is in frames of its own. */
export const BACKED_UP_FILES = [
  'state.db',
  'rules.db',
  'system-log.db',
  'keys.db',
  'clock',
  'clock.copy',
  'protected',
] as const;

export type BackedUpFile = (typeof BACKED_UP_FILES)[number];

export function isBackedUpFile(name: unknown): name is BackedUpFile {
  return BACKED_UP_FILES.some((one) => one === name);
}

/** @returns the bytes before a frame's body */
export function frameHead(kind: FrameKind, bodyBytes: number): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  head[0] = kind;
  head.writeUInt32LE(bodyBytes, 1);
  return head;
}
