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

/** A previous gateway that did not shut down cleanly. */
export interface UncleanShutdown {
  readonly pid: number;
  /** When it had started, RFC 3339. */
  readonly startedAt: string;
}

/** A marker takes a tenth of that. */
const MAX_BYTES = 1_024;
const UNKNOWN: UncleanShutdown = { pid: 0, startedAt: 'at an unknown time' };

/** Reads a marker. A damaged one still shows that a gateway did not shut down cleanly. */
export function readMarker(marker: string): UncleanShutdown | undefined {
  const kind = kindOf(marker);
  if (kind === 'missing') return undefined;
  if (kind !== 'file' || statSync(marker).size > MAX_BYTES) return UNKNOWN;
  const text = readFileSync(marker, 'utf8');
  try {
    const { pid, startedAt } = JSON.parse(text) as Record<keyof UncleanShutdown, unknown>;
    return {
      pid: typeof pid === 'number' ? pid : UNKNOWN.pid,
      startedAt: typeof startedAt === 'string' ? startedAt : UNKNOWN.startedAt,
    };
  } catch {
    return UNKNOWN;
  }
}

/** Writes the whole marker, or leaves the old one. @throws Error with the system's code */
export function writeMarker(marker: string, startedAt: Date): void {
  const temporary = `${marker}.new`;
  try {
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeSync(fd, JSON.stringify({ pid: process.pid, startedAt: startedAt.toISOString() }));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, marker);
  } catch (error) {
    rmSync(temporary, { force: true, recursive: true });
    throw error;
  }
}
