import type { LevelRule, RateRule } from './rule.js';

/** How a rule stands with a sensor; there is none while all is normal. */
export interface RuleState {
  /** Whether the rule has spoken; else values are on the wrong side, but not for long enough. */
  readonly isActive: boolean;
  /** Since when, microseconds since the Unix epoch. */
  readonly sinceUs: number;
}

/**
 * Above: active once value > threshold has held for `forSeconds`; a reading at or below the threshold starts the wait
 * anew. Normal at the first reading at or below threshold - hysteresis. Below is the mirror image.
 * @returns how the rule stands after a reading
 */
export function judgeLevel(
  { kind, threshold, hysteresis, forSeconds }: LevelRule,
  before: RuleState | undefined,
  value: number,
  timestampUs: number,
): RuleState | undefined {
  const sign = kind === 'above' ? 1 : -1;
  const height = sign * value;
  const bar = sign * threshold;
  if (before?.isActive) return height <= bar - hysteresis ? undefined : before;
  if (height <= bar) return undefined;
  const sinceUs = before?.sinceUs ?? timestampUs;
  if (timestampUs - sinceUs >= forSeconds * 1e6) return { isActive: true, sinceUs: timestampUs };
  return before ?? { isActive: false, sinceUs };
}

/**
 * Active from a reading that differs too much from the one before it for the time between them, until one that does not.
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
