import { formatLocalNumber } from './localized-number.js';

/** Units for times in a rule, in seconds. */
export const TIME_UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

/** Units for rates in a rule, in seconds. */
export const RATE_UNITS = { 'per second': 1, 'per minute': 60, 'per hour': 3_600 } as const;
export type RateUnit = keyof typeof RATE_UNITS;

/** User input: an amount and a unit. */
export interface Quantity<Unit> {
  readonly amount: string;
  readonly unit: Unit;
}

/** Seconds in the largest unit that gives a whole number. */
export function toTimeQuantity(seconds: number): Quantity<TimeUnit> {
  const units = Object.keys(TIME_UNITS) as TimeUnit[];
  const unit =
    units.toReversed().find((one) => seconds > 0 && Number.isInteger(seconds / TIME_UNITS[one])) ?? 'seconds';
  return { amount: formatLocalNumber(seconds / TIME_UNITS[unit]), unit };
}

/** A rate in the unit that needs the fewest digits: 1 per minute, not 0.0166666666667 per second. */
export function toRateQuantity(perSecond: number): Quantity<RateUnit> {
  let best: Quantity<RateUnit> = { amount: formatLocalNumber(perSecond), unit: 'per second' };
  for (const unit of Object.keys(RATE_UNITS) as RateUnit[]) {
    const amount = formatLocalNumber(Number((perSecond * RATE_UNITS[unit]).toPrecision(12)));
    if (amount.length + 3 < best.amount.length) best = { amount, unit };
  }
  return best;
}
