import { mustBeMessage } from '../../common/validation/must-be.js';
import type { Precision } from '../../model/precision.js';
import { SentTimes } from '../sent-times.js';
import { meaningOf } from '../timestamp-meaning.js';
import { skipBlanks } from './characters.js';
import { LineError, PointError } from './line-error.js';
import { toBigInt } from './read-fields.js';

const NS_PER_UNIT: Readonly<Record<Precision, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
/** The times that InfluxDB can store. */
const MIN_NS = -(2n ** 63n) + 2n;
const MAX_NS = 2n ** 63n - 2n;

/**
 * Reads the end of a line.
 * @returns microseconds since the Unix epoch, a safe integer; undefined when there is no timestamp
 * @throws LineError; PointError when it is a time that only InfluxDB can store
 */
export function readTime(line: string, from: number, precision: Precision): number | undefined {
  const start = skipBlanks(line, from);
  if (start === line.length) return undefined;
  const text = line.slice(start);
  if (!/^-?\d+ *$/.test(text))
    throw new LineError(() => mustBeMessage('the timestamp', `an integer in ${precision}`, text));
  const digits = text.trimEnd();
  const count = toBigInt(digits);
  const ns = (count ?? MAX_NS + 1n) * NS_PER_UNIT[precision];
  if (ns < MIN_NS || ns > MAX_NS) throw new LineError(() => outOfRange(digits, precision));
  const timestampUs = Number(floorDivide(ns, 1000n));
  if (!Number.isSafeInteger(timestampUs)) throw new PointError(() => outOfRange(digits, precision));
  return timestampUs;
}

function outOfRange(digits: string, precision: Precision): string {
  const message = mustBeMessage('the timestamp', `within the years 1684 to 2255 in ${precision}`, digits);
  const meaning = meaningOf(Number(digits), new SentTimes(precision, 'line protocol'));
  return meaning === undefined ? message : `${message}; ${meaning}`;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
