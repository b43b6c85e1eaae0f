import type { NewRule } from '../api/schemas.js';
import { formatDuration, formatValue } from '../common/format.js';
import type { RuleKind } from './rule-draft.js';
import { RATE_UNITS, toRateQuantity } from './units.js';

/** Names and descriptions of the kinds. */
export const KIND_NAMES: Readonly<Record<RuleKind, readonly [name: string, description: string]>> = {
  above: ['Above', 'Values over a threshold'],
  below: ['Below', 'Values under a threshold'],
  rate: ['Fast change', 'A jump between two readings'],
  silent: ['Silent', 'No reading for a while'],
  anomaly: ['Anomaly', 'Values that are unusual for the sensor'],
};

/** The condition of a rule as text. */
export function describeRule(rule: NewRule): string {
  switch (rule.kind) {
    case 'above':
    case 'below': {
      const { kind, threshold, hysteresis, forSeconds } = rule;
      const back = kind === 'above' ? threshold - hysteresis : threshold + hysteresis;
      const duration = forSeconds > 0 ? ` for ${formatDuration(forSeconds)}` : '';
      const end = hysteresis > 0 ? `, until back at ${formatValue(back)}` : '';
      return `Values ${kind} ${formatValue(threshold)}${duration}${end}`;
    }
    case 'rate': {
      const { unit } = toRateQuantity(rule.perSecond);
      return `Changes by more than ${formatValue(rule.perSecond * RATE_UNITS[unit])} ${unit}`;
    }
    case 'silent':
      return `No reading for ${formatDuration(rule.afterSeconds)}`;
    case 'anomaly':
      return `Anomalies, with sensitivity ${formatValue(rule.sensitivity)}`;
  }
}
