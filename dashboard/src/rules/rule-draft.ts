import type { NewRule, Rule } from '../api/schemas.js';
import { ambiguityOf, formatLocalNumber, parseLocalNumber } from './localized-number.js';
import {
  type Quantity,
  RATE_UNITS,
  type RateUnit,
  TIME_UNITS,
  type TimeUnit,
  toRateQuantity,
  toTimeQuantity,
} from './units.js';

export type RuleKind = NewRule['kind'];
export type Scope = 'all' | 'zone' | 'sensor';
/** The name of a field, as in the gateway's `errors[].path`. */
export type FieldName =
  | 'name'
  | 'zone'
  | 'sensorId'
  | 'threshold'
  | 'hysteresis'
  | 'forSeconds'
  | 'perSecond'
  | 'afterSeconds'
  | 'sensitivity';
export type Problems = Readonly<Partial<Record<FieldName, string>>>;

/** A rule in the form. It has the fields of every kind, so that switching the kind loses no input. */
export interface RuleDraft {
  readonly kind: RuleKind;
  readonly name: string;
  readonly scope: Scope;
  readonly zone: string;
  readonly sensorId: string;
  readonly threshold: string;
  readonly hysteresis: string;
  readonly forSeconds: Quantity<TimeUnit>;
  readonly perSecond: Quantity<RateUnit>;
  readonly afterSeconds: Quantity<TimeUnit>;
  readonly sensitivity: number;
}

const KINDS: readonly string[] = ['above', 'below', 'rate', 'silent', 'anomaly'] satisfies RuleKind[];
const YEAR_S = 31_536_000;

const EMPTY: RuleDraft = {
  kind: 'above',
  name: '',
  scope: 'all',
  zone: '',
  sensorId: '',
  threshold: '',
  hysteresis: '0',
  forSeconds: { amount: '0', unit: 'seconds' },
  perSecond: { amount: '', unit: 'per second' },
  afterSeconds: { amount: '5', unit: 'minutes' },
  sensitivity: 0.5,
};

/** The initial draft of a new rule. @param query may have sensorId, zone, kind and threshold */
export function draftFromQuery(query: URLSearchParams): RuleDraft {
  const [sensorId, zone, kind] = ['sensorId', 'zone', 'kind'].map((name) => query.get(name) ?? '');
  return {
    ...EMPTY,
    ...(kind && KINDS.includes(kind) && { kind: kind as RuleKind }),
    ...(zone && { scope: 'zone', zone }),
    ...(sensorId && { scope: 'sensor', sensorId }),
    threshold: thresholdOf(query.get('threshold') ?? ''),
  };
}

/** A link writes numbers with a decimal point, whatever the locale is. */
function thresholdOf(text: string): string {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? formatLocalNumber(Number(text)) : text;
}

/** The draft for editing a stored rule. */
export function toDraft(rule: Rule): RuleDraft {
  const { name, zone = '', sensorId = '', kind } = rule;
  const common: RuleDraft = {
    ...EMPTY,
    kind,
    name,
    zone,
    sensorId,
    scope: sensorId ? 'sensor' : zone ? 'zone' : 'all',
  };
  switch (rule.kind) {
    case 'above':
    case 'below':
      return {
        ...common,
        threshold: formatLocalNumber(rule.threshold),
        hysteresis: formatLocalNumber(rule.hysteresis),
        forSeconds: toTimeQuantity(rule.forSeconds),
      };
    case 'rate':
      return { ...common, perSecond: toRateQuantity(rule.perSecond) };
    case 'silent':
      return { ...common, afterSeconds: toTimeQuantity(rule.afterSeconds) };
    case 'anomaly':
      return { ...common, sensitivity: rule.sensitivity };
  }
}

/** The rule in a draft, or the problems by field. */
export function parseDraft(draft: RuleDraft): { readonly rule?: NewRule; readonly problems: Problems } {
  const problems: Partial<Record<FieldName, string>> = {};
  const check = (field: FieldName, isValid: boolean, problem: string): void => {
    if (!isValid) problems[field] ??= ambiguityOf(textOf(draft, field)) ?? problem;
  };
  const { scope, kind } = draft;
  const [name, zone, sensorId] = [draft.name.trim(), draft.zone.trim(), draft.sensorId.trim()];
  const about = {
    ...(name && { name }),
    ...(scope === 'zone' && { zone }),
    ...(scope === 'sensor' && { sensorId }),
  };
  check('zone', scope !== 'zone' || zone !== '', 'Enter a zone');
  check('sensorId', scope !== 'sensor' || sensorId !== '', 'Enter a sensor');
  const rule = ((): NewRule => {
    switch (kind) {
      case 'above':
      case 'below': {
        const threshold = parseLocalNumber(draft.threshold);
        const hysteresis = parseLocalNumber(draft.hysteresis || '0');
        const forSeconds = seconds(draft.forSeconds);
        check(
          'threshold',
          Number.isFinite(threshold),
          `Must be a number, such as 80 or ${formatLocalNumber(-2.5)}`,
        );
        check('hysteresis', hysteresis >= 0 && Number.isFinite(hysteresis), 'Must be a number, 0 or greater');
        const back = kind === 'above' ? threshold - hysteresis : threshold + hysteresis;
        const hasWayBack = !Number.isFinite(threshold) || Number.isFinite(back);
        check('hysteresis', hasWayBack, 'Is too large: no value would be normal again');
        check('forSeconds', forSeconds >= 0 && forSeconds <= YEAR_S, 'Must be a time from 0 to 1 year');
        return { ...about, kind, threshold, hysteresis, forSeconds };
      }
      case 'rate': {
        const { amount, unit } = draft.perSecond;
        const perSecond = parseLocalNumber(amount) / RATE_UNITS[unit];
        check('perSecond', perSecond > 0 && Number.isFinite(perSecond), 'Must be a number greater than 0');
        return { ...about, kind, perSecond };
      }
      case 'silent': {
        const afterSeconds = seconds(draft.afterSeconds);
        check(
          'afterSeconds',
          afterSeconds >= 1 && afterSeconds <= YEAR_S,
          'Must be a time from 1 second to 1 year',
        );
        return { ...about, kind, afterSeconds };
      }
      case 'anomaly':
        return { ...about, kind, sensitivity: draft.sensitivity };
    }
  })();
  return Object.keys(problems).length > 0 ? { problems } : { rule, problems };
}

/** Nothing yet, or the start of a number, such as "-", "0." or "1e". */
const START = /^[-+−]?[0.,]*$|\de[-+]?$/i;

/** Whether the text of a field is more than the start of a number, so that a problem can be shown while the user types. */
export function isTypedOut(draft: RuleDraft, field: FieldName): boolean {
  return !START.test(textOf(draft, field).trim());
}

/** What the user typed into a field; '' for one without a text. */
function textOf(draft: RuleDraft, field: FieldName): string {
  const value = draft[field];
  return typeof value === 'object' ? value.amount : typeof value === 'number' ? '' : value;
}

function seconds({ amount, unit }: Quantity<TimeUnit>): number {
  // Without rounding, 0.1 minutes would be slightly more than 6 s.
  return Number((parseLocalNumber(amount || '0') * TIME_UNITS[unit]).toPrecision(12));
}
