import { parseDuration } from '../config/duration.js';
import { parseTimestampText, TIMESTAMP_RULE } from './timestamp.js';

export const TIME_OR_AGO_RULE = `${TIMESTAMP_RULE}, or how long ago such as "-24h" (with ms, s, m, h, d or w)`;

/**
 * Reads a time as a query string has it: as parseTimestampText() does, or as a duration before now, such as "-24h".
 * @param nowUs microseconds since the Unix epoch
 * @returns microseconds since the Unix epoch, a safe integer; undefined when it is neither
 */
export function parseTimeOrAgo(text: unknown, nowUs: number): number | undefined {
  const agoMs = typeof text === 'string' && text.startsWith('-') ? parseDuration(text.slice(1)) : undefined;
  if (agoMs === undefined) return parseTimestampText(text);
  const timeUs = nowUs - Math.round(agoMs * 1000);
  return Number.isSafeInteger(timeUs) ? timeUs : undefined;
}
