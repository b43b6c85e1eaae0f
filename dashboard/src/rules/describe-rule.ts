import type { NewRule } from '../api/client.js';
import { formatDuration, formatValue } from '../common/format.js';
import type { RuleKind } from './rule-draft.js';
import { RATE_UNITS, toRateQuantity } from './units.js';

/** Kinds as people choose them. */
export const KIND_NAMES: Readonly<Record<RuleKind, readonly [name: string, what: string]>> = {
  above: ['Above', 'Values over a threshold'],
  below: ['Below', 'Values under a threshold'],
  rate: ['Changes fast', 'A jump from one reading to the next'],
  silent: ['Silent', 'No reading for a while'],
  anomaly: ['Unlike before', 'What a sensor has not done yet'],
};

/** What a rule looks for. */
export function describeRule(rule: NewRule): string {
  switch (rule.kind) {
    case 'above':
    case 'below': {
      const { kind, threshold, hysteresis, forSeconds } = rule;
      const back = kind === 'above' ? threshold - hysteresis : threshold + hysteresis;
      const long = forSeconds > 0 ? ` for ${formatDuration(forSeconds)}` : '';
      const end =
        hysteresis > 0 ? `, until ${kind === 'above' ? 'down' : 'up'} at ${formatValue(back)} again` : '';
      return `Values ${kind} ${formatValue(threshold)}${long}${end}`;
    }
    case 'rate': {
      const { unit } = toRateQuantity(rule.perSecond);
      return `Changes by more than ${formatValue(rule.perSecond * RATE_UNITS[unit])} ${unit}`;
    }
    case 'silent':
      return `No reading for ${formatDuration(rule.afterSeconds)}`;
    case 'anomaly':
      return `Unlike what was before, sensitivity ${formatValue(rule.sensitivity)}`;
  }
}

/** What a sensitivity means: docs/anomaly.md, "How to read the score". */
export function describeSensitivity(sensitivity: number): string {
  const score = Math.min(0.98, Math.max(0.02, 1 - sensitivity));
  const surprise = (score / (1 - score)) ** 0.25;
  const rarity = Number((10 ** (5 * surprise)).toPrecision(1));
  return `Speaks of a reading that comes once in ${formatRarity(rarity)}, or a drift of ${surprise.toFixed(1)} times what is usual.`;
}

function formatRarity(count: number): string {
  return new Intl.NumberFormat(undefined, { notation: 'compact', compactDisplay: 'long' }).format(count);
}
