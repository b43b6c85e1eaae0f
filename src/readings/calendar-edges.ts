import { runSteps } from '../common/scheduling/time-slices.js';
import type { TimeRange } from '../model/time-range.js';

/** What a calendar is divided into; weeks begin on Mondays. */
export type CalendarUnit = 'day' | 'week' | 'month' | 'year';

/**
 * The days, weeks, months or years of a time zone that overlap a range. Each begins when the zone's clock first shows its date:
 * where midnight is skipped, after it. A day that the zone skipped has no span of its own.
 * @param timeZone a name that Node.js knows
 * @returns where each begins, in order, and where the last one ends, in microseconds since the Unix epoch
 */
export async function calendarEdges(
  { fromUs, toUs }: TimeRange,
  unit: CalendarUnit,
  timeZone: string,
): Promise<number[]> {
  // Loading it takes 20 ms, which a start without such a request need not wait for.
  const { Temporal } = await import('temporal-polyfill');
  const first = Temporal.Instant.fromEpochNanoseconds(BigInt(fromUs) * 1_000n).toZonedDateTimeISO(timeZone);
  const date = first.toPlainDate();
  let next = {
    day: () => date,
    week: () => date.subtract({ days: date.dayOfWeek - 1 }),
    month: () => date.with({ day: 1 }),
    year: () => date.with({ month: 1, day: 1 }),
  }[unit]();
  const edgesUs: number[] = [];
  const step = (): boolean => {
    const atUs = Number(next.toZonedDateTime(timeZone).epochNanoseconds / 1_000n);
    next = next.add({ [`${unit}s`]: 1 });
    // The clock can be put back over midnight, and then the date of `fromUs` is that of the day before.
    if (atUs <= fromUs) edgesUs.pop();
    if (atUs !== edgesUs.at(-1)) edgesUs.push(atUs);
    return atUs < toUs;
  };
  await runSteps({ step });
  return edgesUs;
}
