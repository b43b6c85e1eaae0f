import fc from 'fast-check';

import type { ReadingStore } from '../../src/influx/reading-store.js';
import { type Bucket, roundMean } from '../../src/model/bucket.js';
import { compareReadings, type Reading } from '../../src/model/reading.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';
import { calendarEdges, type CalendarUnit } from '../../src/readings/calendar-edges.js';

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const UNITS = ['day', 'week', 'month', 'year'] as const;

/** Offsets of whole, half and quarter hours and of seconds; midnights that are skipped or come twice; a skipped day. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'America/Havana',
  'Asia/Beirut',
  'Asia/Tehran',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Pacific/Apia',
  'Etc/GMT+12',
];

const us = (time: string): number => Date.parse(time) * 1000;
const iso = (timeUs: number | undefined): string => new Date((timeUs ?? NaN) / 1000).toISOString();

/** Days, weeks, months and years from every ReadingStore; part of describeReadingStore(). */
export function describeCalendar(store: () => ReadingStore, newSensor: () => string): void {
  const signal = (): AbortSignal => AbortSignal.timeout(20_000);

  const write = async (
    points: readonly (readonly [timestampUs: number, value: number, zone?: string])[],
  ): Promise<string> => {
    const sensorId = newSensor();
    const readings = points.map(([timestampUs, value, zone = 'z']) => ({
      sensorId,
      zone,
      value,
      timestampUs,
    }));
    expect(await store().write(ReadingColumns.of(readings), signal())).toEqual([]);
    return sensorId;
  };
  const ask = async (
    sensorId: string,
    range: { fromUs: number; toUs: number },
    unit: CalendarUnit,
    timeZone: string,
  ): Promise<Bucket[]> =>
    store().buckets({ sensorId, ...range, edgesUs: await calendarEdges(range, unit, timeZone) }, signal());

  it('counts 23 hours in the day on which the clock is put forward, and 25 in that on which it is put back', async () => {
    const range = { fromUs: us('2025-03-01T00:00:00Z'), toUs: us('2025-11-01T00:00:00Z') };
    const hours = Array.from({ length: (range.toUs - range.fromUs) / HOUR }, (_, hour) => hour);
    const sensorId = await write(hours.map((hour) => [range.fromUs + hour * HOUR, hour, `${hour % 2}`]));
    const days = await ask(sensorId, range, 'day', 'Europe/Berlin');
    expect(days.slice(29, 31).map(({ startUs, count }) => [iso(startUs), count])).toEqual([
      ['2025-03-29T23:00:00.000Z', 23],
      ['2025-03-30T22:00:00.000Z', 24],
    ]);
    expect(
      days.filter(({ count }) => count !== 24).map(({ startUs, count }) => [iso(startUs), count]),
    ).toEqual([
      ['2025-02-28T23:00:00.000Z', 23],
      ['2025-03-29T23:00:00.000Z', 23],
      ['2025-10-25T22:00:00.000Z', 25],
      ['2025-10-31T23:00:00.000Z', 1],
    ]);
    const months = await ask(sensorId, range, 'month', 'Europe/Berlin');
    expect(months.map(({ count }) => count)).toEqual([742, 720, 744, 720, 744, 744, 720, 745, 1]);
  });

  it('gives the same numbers as the calendar of Intl, in zones with all kinds of offsets', async () => {
    const instant = fc.integer({ min: us('1970-01-02T00:00:00Z'), max: us('2037-01-01T00:00:00Z') });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...UNITS),
        instant,
        fc.integer({ min: 0, max: 900 * DAY }),
        fc.array(
          fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), near: fc.constantFrom(-1, 0, 1, NaN) }),
          {
            maxLength: 40,
          },
        ),
        async (timeZone, unit, fromUs, lengthUs, places) => {
          const range = { fromUs, toUs: fromUs + lengthUs };
          const edges = await calendarEdges(range, unit, timeZone);
          const points = places.map(({ at, near }, index) => {
            const edgeUs = edges[Math.floor(at * (edges.length - 1))] ?? 0;
            const timestampUs = Number.isNaN(near) ? fromUs + Math.floor(at * lengthUs) : edgeUs + near;
            return [timestampUs, (index * 7919) % 1000, 'abc'[index % 3]] as const;
          });
          const unique = [...new Map(points.map((point) => [`${point[0]} ${point[2]}`, point])).values()];
          const sensorId = await write(unique);
          const found = await ask(sensorId, range, unit, timeZone);
          const readings = unique.map(([timestampUs, value, zone = '']) => ({
            sensorId,
            zone,
            value,
            timestampUs,
          }));
          expect(found.map(({ startUs: _, ...numbers }) => numbers)).toEqual(
            compute(readings, range, (timeUs) => labelOf(timeUs, unit, timeZone)),
          );
          for (const { startUs } of found)
            expect(labelOf(startUs - 1, unit, timeZone)).not.toBe(labelOf(startUs, unit, timeZone));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('begins a day when the clock first shows it, where it is put back over midnight', async () => {
    // At 00:01 on 29 October 2006 the clocks of St. John's were put back to 23:01 of the day before.
    const range = { fromUs: us('2006-10-28T12:00:00Z'), toUs: us('2006-10-30T12:00:00Z') };
    const firstMidnight = us('2006-10-29T02:30:00Z');
    const sensorId = await write([
      [firstMidnight - 1, 1],
      [firstMidnight, 2],
      [firstMidnight + HOUR / 2, 3],
    ]);
    const days = await ask(sensorId, range, 'day', 'America/St_Johns');
    expect(days.map(({ startUs, count }) => [iso(startUs), count])).toEqual([
      ['2006-10-28T02:30:00.000Z', 1],
      ['2006-10-29T02:30:00.000Z', 2],
    ]);
    const later = { ...range, fromUs: firstMidnight + HOUR / 4 };
    expect(await ask(sensorId, later, 'day', 'America/St_Johns')).toEqual([
      { startUs: firstMidnight, count: 1, min: 3, max: 3, mean: 3, last: 3 },
    ]);
  });

  it('has a finite mean of values whose sum overflows', async () => {
    const noon = us('2025-03-30T12:00:00Z');
    const huge = 1.7e308;
    const sensorId = await write([
      [noon, huge],
      [noon + 1, huge],
      [noon + 2 * DAY, 4],
    ]);
    const range = { fromUs: noon - 9 * DAY, toUs: noon + 9 * DAY };
    const [bucket] = await ask(sensorId, range, 'year', 'Europe/Berlin');
    expect(bucket).toMatchObject({ count: 3, min: 4, max: huge, last: 4 });
    expect((bucket?.mean ?? 0) / huge).toBeCloseTo(2 / 3, 9);
  });

  it('covers all of time in years', async () => {
    const range = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };
    const sensorId = await write([
      [range.fromUs, 1],
      [-1, 2],
      [0, 3],
      [range.toUs - 1, 4],
    ]);
    const years = await ask(sensorId, range, 'year', 'Asia/Kathmandu');
    expect(years.map(({ startUs, count, last }) => [iso(startUs).slice(0, 13), count, last])).toEqual([
      ['1683-12-31T18', 1, 1],
      ['1969-12-31T18', 2, 3],
      ['2254-12-31T18', 1, 4],
    ]);
  });

  it('takes ten years of days', async () => {
    const range = { fromUs: us('2015-01-01T00:00:00Z'), toUs: us('2025-01-01T00:00:00Z') };
    const noons = Array.from({ length: 60 }, (_, index) => range.fromUs + index * 61 * DAY + 12 * HOUR);
    const sensorId = await write(noons.map((noon, index) => [noon, index]));
    const days = await ask(sensorId, range, 'day', 'Europe/Berlin');
    expect(days.map(({ count, last }) => [count, last])).toEqual(noons.map((_, index) => [1, index]));
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a calendar on the wall shows. */
function labelOf(timeUs: number, unit: CalendarUnit, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' });
  formats.set(timeZone, format);
  const [month = 0, day = 0, year = 0] = format
    .format(Math.floor(timeUs / 1000))
    .split('/')
    .map(Number);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return {
    day: `${year}-${month}-${day}`,
    week: new Date(Date.UTC(year, month - 1, day - weekday)).toISOString(),
    month: `${year}-${month}`,
    year: String(year),
  }[unit];
}

function compute(
  readings: readonly Reading[],
  { fromUs, toUs }: { fromUs: number; toUs: number },
  label: (timeUs: number) => string,
): Omit<Bucket, 'startUs'>[] {
  const groups = new Map<string, number[]>();
  for (const { timestampUs, value } of readings.toSorted(compareReadings)) {
    if (timestampUs < fromUs || timestampUs >= toUs) continue;
    groups.set(label(timestampUs), [...(groups.get(label(timestampUs)) ?? []), value]);
  }
  return [...groups.values()].map((values) => {
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const mean = roundMean({ min, max, mean: values.reduce((sum, value) => sum + value, 0) / values.length });
    return { count: values.length, min, max, mean, last: values.at(-1) ?? NaN };
  });
}
