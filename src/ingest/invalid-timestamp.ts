import { mustBeMessage } from '../common/validation/must-be.js';
import { hintForTime } from '../model/time-hint.js';
import { timestampRule } from '../model/timestamp.js';
import type { SentTimes } from './sent-times.js';
import { meaningOf } from './timestamp-meaning.js';

const DIGITS = /^-?\d{1,40}(?:\.\d{1,40})?$/;
const IN_QUOTES = 'a JSON number cannot hold nanoseconds exactly: send the digits in quotes';
const WITHOUT_QUOTES = 'send the number without quotes';
const OUT_OF_RANGE = 'it lies outside of the years 1685 to 2254';

/** The message for a value that is no timestamp, with a hint where the mistake is clear. */
export function invalidTimestamp(value: unknown, sent: SentTimes): string {
  const hint = hintFor(value, sent);
  const message = mustBeMessage('timestamp', timestampRule(sent.precision), value);
  return hint === undefined ? message : `${message}; ${hint}`;
}

function hintFor(value: unknown, sent: SentTimes): string | undefined {
  const { precision } = sent;
  if (typeof value === 'number') {
    const meaning = meaningOf(value, sent);
    if (precision !== 'ns') return meaning ?? OUT_OF_RANGE;
    return meaning === undefined ? IN_QUOTES : `${IN_QUOTES}; ${meaning}`;
  }
  if (typeof value !== 'string' || !DIGITS.test(value)) return hintForTime(value);
  const count = Number(value);
  const meaning = meaningOf(count, sent, { isQuoted: true });
  if (precision === 'ns' || meaning?.includes('precision=ns')) return meaning;
  if (meaning !== undefined) return `${meaning}; ${WITHOUT_QUOTES}`;
  return sent.parse(count) === undefined ? OUT_OF_RANGE : `it is text: ${WITHOUT_QUOTES}`;
}
