import { cutText, MAX_MESSAGE_BYTES } from '../../common/errors/answer-bounds.js';
import { oneLine } from '../../common/errors/one-line.js';
import type { Verdicts } from '../refusals.js';
import type { Lines } from './read-lines.js';

/** Bytes of one reason as JSON. */
const MAX_REASON_BYTES = 1_500;

/** The answer to line protocol, as it is remembered under an Idempotency-Key. */
export interface LinesAnswer {
  /** The message when points were dropped; absent when all were accepted. */
  readonly partialWrite?: string;
}

/**
 * Says which points were dropped, as InfluxDB does: the text begins with `partial write:` and ends with `dropped=N`. Between
 * them there is a line for each of the first hundred reasons, as far as there is room.
 * A mapping can make several readings of a point: a point counts when one of them is refused, and each of these has a reason.
 */
export function toLinesAnswer({ refusals }: Verdicts, lines: Lines): LinesAnswer {
  const { count, lineCount, named } = refusals;
  if (count === 0) return {};
  const reasons: string[] = [];
  // Three numbers of ten digits, and the words around them.
  let left = MAX_MESSAGE_BYTES - 200;
  for (const { index, code, message } of named) {
    const reason = `line ${lines.lineOf(index)}: ${cutText(oneLine(message), MAX_REASON_BYTES)} (${code})`;
    left -= Buffer.byteLength(JSON.stringify(reason));
    if (left < 0) break;
    reasons.push(reason);
  }
  const more = reasons.length < count ? `; the first ${reasons.length} reasons follow` : '';
  const head = `partial write: ${lineCount} of ${lines.pointCount} points are refused${more}`;
  return { partialWrite: [head, ...reasons, `dropped=${lineCount}`].join('\n') };
}
