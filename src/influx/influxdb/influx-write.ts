import { parseTimestamp } from '../../model/timestamp.js';
import { WriteRefused } from './influx-connection.js';
import type { Refusal, RefusalKind } from '../reading-store.js';

/** Sends lines with one request. @throws WriteRefused, StoreUnavailable */
export type Send = (lines: Buffer) => Promise<void>;

interface Item {
  readonly line: string;
  readonly index: number;
}

/**
 * Writes points, takes out those that InfluxDB refuses for good, and sends the rest again until everything is stored.
 * Only the message says what InfluxDB dropped (measured on 2.9.1):
 * - 400 names every line that it cannot parse, and nothing is written;
 * - 422 for retention names the lower bound, and the others are written;
 * - 422 for a type conflict says how many it dropped, but not which.
 * What a message does not explain is found by bisection.
 * @param toLines the lines one by one, each for one point
 * @throws StoreUnavailable when some or all may not be stored
 */
export async function writeLines(
  send: Send,
  lines: Buffer,
  toLines: () => readonly string[],
): Promise<Refusal[]> {
  return write(send, lines, () => toLines().map((line, index) => ({ line, index })));
}

function writeItems(send: Send, items: readonly Item[]): Promise<Refusal[]> {
  return write(send, Buffer.from(items.map(({ line }) => line).join('\n')), () => items);
}

async function write(send: Send, lines: Buffer, toItems: () => readonly Item[]): Promise<Refusal[]> {
  try {
    await send(lines);
    return [];
  } catch (error) {
    if (!(error instanceof WriteRefused)) throw error;
    const items = toItems();
    const kind = kindOf(error);
    const refused = new Set(items.length === 1 ? items : namedBy(error, items));
    if (refused.size > 0) {
      const refusals = [...refused].map(({ index }) => ({ index, kind, reason: error.message }));
      const rest = items.filter((item) => !refused.has(item));
      return rest.length === 0 ? refusals : [...refusals, ...(await writeItems(send, rest))];
    }
    const half = items.length >>> 1;
    return [
      ...(await writeItems(send, items.slice(0, half))),
      ...(await writeItems(send, items.slice(half))),
    ];
  }
}

function kindOf({ status, message }: WriteRefused): RefusalKind {
  if (status === 413) return 'size';
  if (message.includes('retention policy')) return 'retention';
  if (message.includes('type conflict')) return 'type conflict';
  return status === 400 ? 'syntax' : 'other';
}

/** The items that the message names; none when it names none. */
function namedBy({ status, full }: WriteRefused, items: readonly Item[]): Item[] {
  if (status === 413) return [];
  if (status === 400) {
    const named = new Set(
      full.split('\n').map((text) => text.slice(text.indexOf("'") + 1, text.lastIndexOf("': "))),
    );
    return items.filter(({ line }) => named.has(line));
  }
  const dropped = Number(/dropped=(\d+)/.exec(full)?.[1]);
  if (dropped === items.length) return [...items];
  const lowerUs = parseTimestamp(/Retention Policy Lower Bound at ([^\s,]+)/.exec(full)?.[1]);
  return lowerUs === undefined ? [] : items.filter(({ line }) => timestampOf(line) <= lowerUs);
}

/** @returns microseconds since the Unix epoch */
function timestampOf(line: string): number {
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}
