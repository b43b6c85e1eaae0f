import { cutText, MAX_MESSAGE_BYTES } from '../../common/errors/answer-bounds.js';
import { oneLine } from '../../common/errors/one-line.js';
import type { Verdicts } from '../refusals.js';

/** Bytes of one reason as JSON. */
const MAX_REASON_BYTES = 1_500;

/** The answer to line protocol, as it is remembered under an Idempotency-Key. */
export interface LinesAnswer {
  /** The message when points were dropped; absent when all were accepted. */
  readonly partialWrite?: string;
}

/**
 * Says which points were dropped, as InfluxDB does: the text begins with `partial write:` and ends with `dropped=N`. Between
 * them there is a line of its own for each of the first hundred points, as far as there is room.
 * @param lineOf gives the line of a point of the request
 */
export function toLinesAnswer(
  { accepted, refusals }: Verdicts,
  lineOf: (index: number) => number,
): LinesAnswer {
  const { count, named } = refusals;
  if (count === 0) return {};
  const reasons: string[] = [];
  // Three numbers of ten digits, and the words around them.
  let left = MAX_MESSAGE_BYTES - 200;
  for (const { index, code, message } of named) {
    const reason = `line ${lineOf(index)}: ${cutText(oneLine(message), MAX_REASON_BYTES)} (${code})`;
    left -= Buffer.byteLength(JSON.stringify(reason));
    if (left < 0) break;
    reasons.push(reason);
  }
  const more = reasons.length < count ? `; the first ${reasons.length} are named` : '';
  const head = `partial write: ${count} of ${accepted.length + count} points are refused${more}`;
  return { partialWrite: [head, ...reasons, `dropped=${count}`].join('\n') };
}
