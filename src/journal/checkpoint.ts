import { fstatSync, openSync, readFileSync } from 'node:fs';

import { closeQuietly } from '../common/disk/sync-folder.js';
import { decodeRecord, encodeRecord, FIRST_FORMAT, HEADER_BYTES } from './record.js';
import { writeAll } from './segment.js';

const BYTES = 512;

/** The outcome of the readings that are released from the journal. */
export interface Counters {
  readonly stored: number;
  /** Became dead letters that are not tried again. */
  readonly deadLettered: number;
  /** Acknowledged, and lost to a damaged file. */
  readonly damaged: number;
}

/** A cross-check of how far the journal and the pipeline's state had come. */
export interface CheckpointData extends Counters {
  /** The highest sequence number that was acknowledged. */
  readonly acknowledgedSeq: number;
  /** Everything up to here has left the journal. */
  readonly releasedSeq: number;
}

/**
 * A small file, `noted`, written in place before every acknowledgement and never synced. It survives the death of the
 * process, so the next start notices when a file lost its tail between two records. Old content stays valid: after a
 * failed write it is only less up to date.
 */
export class CheckpointFile {
  private fd: number | undefined;

  constructor(private readonly path: string) {}

  /** @returns undefined when there is none, or it is damaged or cannot be read */
  static read(path: string): CheckpointData | undefined {
    try {
      const record = decodeRecord(FIRST_FORMAT, 0, readFileSync(path));
      const checkpoint = record && (JSON.parse(Buffer.from(record.body).toString()) as unknown);
      return isCheckpoint(checkpoint) ? checkpoint : undefined;
    } catch {
      return undefined;
    }
  }

  /** @throws Error with the system's code; the next call tries from the beginning */
  write(checkpoint: CheckpointData): void {
    const body = Buffer.from(JSON.stringify(checkpoint).padEnd(BYTES - HEADER_BYTES));
    const bytes = encodeRecord(FIRST_FORMAT, 0, { seq: 0, count: 0, body });
    try {
      // Somebody may have deleted it, or put another one in its place.
      if (this.fd !== undefined && fstatSync(this.fd).nlink === 0) this.close();
      this.fd ??= openForWriting(this.path);
      writeAll(this.fd, bytes, 0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    if (this.fd !== undefined) closeQuietly(this.fd);
    this.fd = undefined;
  }
}

/** Keeps the content: a file that is truncated first is empty when the process dies before the write. */
function openForWriting(path: string): number {
  closeQuietly(openSync(path, 'a'));
  return openSync(path, 'r+');
}

function isCheckpoint(value: unknown): value is CheckpointData {
  if (typeof value !== 'object' || value === null) return false;
  const { acknowledgedSeq, releasedSeq, stored, deadLettered, damaged } = value as Partial<CheckpointData>;
  const areNumbers = [acknowledgedSeq, releasedSeq, stored, deadLettered, damaged].every(
    Number.isSafeInteger,
  );
  return areNumbers && (acknowledgedSeq ?? -1) >= 0 && (releasedSeq ?? -1) >= 0;
}
