import { text, wholeNumber } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type StorageConfig = ValuesOf<typeof STORAGE>;

/** The gateway's own disk, and how much of it each part may take. */
export const STORAGE = {
  /** The folder for everything that the gateway keeps. Each gateway needs its own. */
  dataDir: text('DATA_DIR', 'data'),

  /** Free bytes on the disk of DATA_DIR below which ingest answers 503, left for forwarding and the system log. */
  diskReserveBytes: wholeNumber('DISK_RESERVE_BYTES', 33_554_432, 1_048_576, Number.MAX_SAFE_INTEGER),

  /** Bytes the journal may hold before ingest answers 503. 1 GiB is about 10 million readings. */
  journalMaxBytes: wholeNumber('JOURNAL_MAX_BYTES', 1_073_741_824, 1_048_576, Number.MAX_SAFE_INTEGER),

  /** Bytes on disk for the answers to requests with an Idempotency-Key, which are kept for 24 hours. */
  idempotencyMaxBytes: wholeNumber('IDEMPOTENCY_MAX_BYTES', 67_108_864, 65_536, Number.MAX_SAFE_INTEGER),

  /**
   * Bytes on disk for dead letters, about 550 each. The gateway refuses readings of a sensor whose dead letters take more
   * than a tenth of it. Once all dead letters together reach it, the gateway refuses readings of every sensor that has any.
   * Accepted readings are never dropped.
   */
  deadLettersMaxBytes: wholeNumber('DEAD_LETTERS_MAX_BYTES', 268_435_456, 65_536, Number.MAX_SAFE_INTEGER),
} as const;
