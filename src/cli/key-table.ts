import type { StoredKey } from '../auth/key-storage.js';
import { stateOf } from '../auth/key.js';

const HEADER = ['ID', 'NAME', 'ROLE', 'STATE', 'FOR', 'EXPIRES', 'LAST USED'];

/** The keys as a table, one per line. */
export function keyTable(keys: readonly StoredKey[], nowMs: number): string {
  const sorted = [...keys].sort((a, b) => a.key.createdMs - b.key.createdMs);
  const rows = sorted.map(({ key, lastUsedMs }) => [
    key.id,
    key.name,
    key.role,
    stateOf(key, nowMs),
    [...(key.sensors ?? []), ...(key.zones ?? []).map((zone) => `zone ${zone}`)].join(', ') || 'all',
    timeOf(key.expiresMs),
    timeOf(lastUsedMs),
  ]);
  const widths = HEADER.map((_, column) =>
    Math.max(...[HEADER, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEADER, ...rows].map((row) => `${line(row)}\n`).join('');
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString().replace(/\.\d+/, '');
}
