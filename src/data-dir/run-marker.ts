import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

import { kindOf } from '../common/disk/put-aside.js';

/** The gateway that left the folder without shutting down. */
export interface UncleanStop {
  readonly pid: number;
  /** When it had started, RFC 3339. */
  readonly startedAt: string;
}

/** A marker takes a tenth of it. */
const MAX_BYTES = 1_024;
const UNKNOWN: UncleanStop = { pid: 0, startedAt: 'at an unknown time' };

/** What a marker says; one that is damaged, or no file, still tells that there was one. */
export function readMarker(marker: string): UncleanStop | undefined {
  const kind = kindOf(marker);
  if (kind === 'missing') return undefined;
  if (kind !== 'file' || statSync(marker).size > MAX_BYTES) return UNKNOWN;
  const text = readFileSync(marker, 'utf8');
  try {
    const { pid, startedAt } = JSON.parse(text) as Record<keyof UncleanStop, unknown>;
    return {
      pid: typeof pid === 'number' ? pid : UNKNOWN.pid,
      startedAt: typeof startedAt === 'string' ? startedAt : UNKNOWN.startedAt,
    };
  } catch {
    return UNKNOWN;
  }
}

/** Writes a marker whole, or leaves the one before. @throws Error with the system's code */
export function writeMarker(marker: string, startedAt: Date): void {
  const unfinished = `${marker}.new`;
  try {
    const fd = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(fd, JSON.stringify({ pid: process.pid, startedAt: startedAt.toISOString() }));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, marker);
  } catch (error) {
    rmSync(unfinished, { force: true, recursive: true });
    throw error;
  }
}
