import type { Reading } from '../model/reading.js';
import { elapsedUs } from './elapsed.js';
import type { LevelRule, RateRule } from './rule.js';

/** The state of a rule for one sensor. There is none while all is normal. */
export interface RuleState {
  /** Whether the rule has made an event. If not, values are on the wrong side, but not for long enough. */
  readonly isActive: boolean;
  /** Since when, microseconds since the Unix epoch. */
  readonly sinceUs: number;
  /** The same as running time, where the gateway gave the timestamp. */
  readonly givenMs?: number | undefined;
}

/**
 * Above: active once value > threshold has held for `forSeconds`; a reading at or below the threshold restarts the
 * wait. Normal at the first reading at or below threshold - hysteresis. Below is the mirror image.
 * @param givenMs the running time of the reading, where the gateway gave the timestamp
 * @returns the state after a reading
 */
export function judgeLevel(
  { kind, threshold, hysteresis, forSeconds }: LevelRule,
  before: RuleState | undefined,
  { value, timestampUs }: Reading,
  givenMs: number | undefined,
): RuleState | undefined {
  const sign = kind === 'above' ? 1 : -1;
  const height = sign * value;
  const bar = sign * threshold;
  if (before?.isActive) return height <= bar - hysteresis ? undefined : before;
  if (height <= bar) return undefined;
  const waitedUs = before
    ? elapsedUs({ timestampUs: before.sinceUs, givenMs: before.givenMs }, { timestampUs, givenMs })
    : 0;
  if (waitedUs >= forSeconds * 1e6) return { isActive: true, sinceUs: timestampUs };
  // A wait that seems to begin in the future would never end: its clock was wrong.
  return before && waitedUs >= 0 ? before : { isActive: false, sinceUs: timestampUs, givenMs };
}

/**
 * Active from a reading that changed too fast since the one before, until a reading that did not.
 * @param perSecond how fast the value has changed, at least 0
 */
export function judgeRate(
  rule: RateRule,
  before: RuleState | undefined,
  perSecond: number,
  timestampUs: number,
): RuleState | undefined {
  if (perSecond <= rule.perSecond) return undefined;
  return before ?? { isActive: true, sinceUs: timestampUs };
}
