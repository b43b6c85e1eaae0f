import { formatLocalNumber } from './localized-number.js';

/** Units of time that a rule's times can be typed in, and their seconds. */
export const TIME_UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

/** Units that a rule's rate can be typed in, and their seconds. */
export const RATE_UNITS = { 'a second': 1, 'a minute': 60, 'an hour': 3_600 } as const;
export type RateUnit = keyof typeof RATE_UNITS;

/** What is typed: an amount, and what it is of. */
export interface Quantity<Unit> {
  readonly amount: string;
  readonly unit: Unit;
}

/** Seconds in the largest unit in which they are whole. */
export function toTimeQuantity(seconds: number): Quantity<TimeUnit> {
  const units = Object.keys(TIME_UNITS) as TimeUnit[];
  const unit =
    units.toReversed().find((one) => seconds > 0 && Number.isInteger(seconds / TIME_UNITS[one])) ?? 'seconds';
  return { amount: formatLocalNumber(seconds / TIME_UNITS[unit]), unit };
}

/** A rate in the unit in which it has the fewest digits: a third a minute is not typed as one a second. */
export function toRateQuantity(perSecond: number): Quantity<RateUnit> {
  let best: Quantity<RateUnit> = { amount: formatLocalNumber(perSecond), unit: 'a second' };
  for (const unit of Object.keys(RATE_UNITS) as RateUnit[]) {
    const amount = formatLocalNumber(Number((perSecond * RATE_UNITS[unit]).toPrecision(12)));
    if (amount.length + 3 < best.amount.length) best = { amount, unit };
  }
  return best;
}
