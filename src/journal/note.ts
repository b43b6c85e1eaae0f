import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

import { decodeRecord, encodeRecord, HEADER_BYTES } from './record.js';

const BYTES = 512;

/** What the pipeline has come to, as far as it is released from the journal. */
export interface Counters {
  readonly stored: number;
  /** Set aside and not tried again. */
  readonly deadLettered: number;
  /** Acknowledged, and lost to a damaged file. */
  readonly damaged: number;
}

/** A second opinion on how far the journal and the pipeline's state had come. */
export interface Noted extends Counters {
  /** The highest sequence number that was acknowledged. */
  readonly acknowledgedSeq: number;
  /** Everything up to here has left the journal. */
  readonly releasedSeq: number;
}

/**
 * A small file written in place before every acknowledgement and never synced: it survives the death of the
 * process, and so tells at the next start when a file lost its tail between two records.
 */
export class Note {
  private readonly fd: number;

  constructor(path: string) {
    this.fd = openSync(path, 'a+');
    closeSync(this.fd);
    this.fd = openSync(path, 'r+');
  }

  /** @returns undefined when there is none or it is damaged */
  static read(path: string): Noted | undefined {
    try {
      const record = decodeRecord(readFileSync(path), 0);
      return record && (JSON.parse(Buffer.from(record.body).toString()) as Noted);
    } catch {
      return undefined;
    }
  }

  write(noted: Noted): void {
    const body = Buffer.from(JSON.stringify(noted).padEnd(BYTES - HEADER_BYTES));
    writeSync(this.fd, encodeRecord({ seq: 0, count: 0, body }), 0, BYTES, 0);
  }

  close(): void {
    closeSync(this.fd);
  }
}
