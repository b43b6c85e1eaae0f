import fc from 'fast-check';

import type { EventFilter } from '../../src/logs/event-filter.js';
import type { EventStorage } from '../../src/logs/event-storage.js';
import { EVENT_TYPES, type LoggedEvent, type SystemEvent } from '../../src/model/system-event.js';
import { killAfter, type Place } from '../support/place.js';

const MAX = 1_000;
const NOW_US = 1_796_040_000_000_000;

const event = (n: number, more: Partial<SystemEvent> = {}): SystemEvent => ({
  id: `event ${n}`,
  timeUs: n * 1_000,
  type: 'normal',
  message: `message ${n}`,
  ...more,
});
const events = (from: number, to: number): SystemEvent[] =>
  Array.from({ length: to - from }, (_, i) => event(from + i));
const ids = (logged: readonly LoggedEvent[]): number[] => logged.map(({ id }) => Number(id.slice(6)));

/** What every EventStorage does; each implementation runs the same tests. */
export function describeEventStorage(newPlace: () => Place<EventStorage>): void {
  let place: Place<EventStorage>;
  let storage: EventStorage;

  const reopen = async (): Promise<void> => {
    await storage.close();
    storage = await place.open();
  };
  const all = async (): Promise<number[]> => ids(await storage.after(0, 10_000));

  beforeEach(async () => {
    place = newPlace();
    storage = await place.open();
  });
  afterEach(async () => {
    await storage.close();
  });

  it('is empty at first', async () => {
    expect(await storage.state()).toMatchObject({ firstRow: 1, lastRow: 0, copiedRow: 0, untold: 0 });
    expect(await all()).toEqual([]);
    expect(storage.damagedFile).toBeUndefined();
  });

  it('gives entries back as they were appended, with rows that grow', async () => {
    const about = { sensorId: 's', zone: 'z', value: -0.5, ruleId: 'r', type: 'critical' as const };
    const { appended, firstRow, dropped } = await storage.append([event(1), event(2, about)], NOW_US, MAX);
    expect([firstRow, dropped]).toEqual([1, 0]);
    expect(appended).toStrictEqual([
      { ...event(1), row: 1 },
      { ...event(2, about), row: 2 },
    ]);
    await reopen();
    expect(await storage.after(0, 10)).toStrictEqual(appended);
  });

  it('appends an event once, however often it is found, without using up rows', async () => {
    await storage.append(events(1, 4), NOW_US, MAX);
    const { appended } = await storage.append(events(2, 6), NOW_US, MAX);
    expect(appended.map(({ row }) => row)).toEqual([4, 5]);
    await reopen();
    expect((await storage.append(events(1, 6), NOW_US, MAX)).appended).toEqual([]);
    expect(await storage.state()).toMatchObject({ lastRow: 5 });
  });

  it('appends none of several events when one of them cannot be kept', async () => {
    const broken = { ...event(2), message: null } as unknown as SystemEvent;
    await expect(storage.append([event(1), broken, event(3)], NOW_US, MAX)).rejects.toThrow();
    expect(await all()).toEqual([]);
    await storage.append([event(4)], NOW_US, MAX);
    expect(await storage.state()).toMatchObject({ firstRow: 1, lastRow: 1 });
  });

  it('returns what follows a row, page by page', async () => {
    await storage.append(events(1, 8), NOW_US, MAX);
    expect(ids(await storage.after(2, 3))).toEqual([3, 4, 5]);
    expect(ids(await storage.after(5, 3))).toEqual([6, 7]);
    expect(await storage.after(7, 3)).toEqual([]);
  });

  it('returns the newest of each filter, page by page, as a plain search does', async () => {
    const SENSORS = ['a', 'b', 'ä'];
    const ZONES = ['y', 'z'];
    const RULES = ['q', 'r'];
    const optional = <T>(values: readonly T[]): fc.Arbitrary<T | undefined> =>
      fc.option(fc.constantFrom(...values), { nil: undefined });
    const many = Array.from({ length: 120 }, (_, n) => {
      const at = <T>(values: readonly T[], step: number): T | undefined => values[(n * step) % 4];
      const [sensorId, zone, ruleId] = [at(SENSORS, 1), at(ZONES, 3), at(RULES, 7)];
      return event(n, {
        timeUs: (n * 37) % 50,
        type: EVENT_TYPES[n % 3] ?? 'normal',
        ...(sensorId !== undefined && { sensorId }),
        ...(zone !== undefined && { zone }),
        ...(ruleId !== undefined && { ruleId }),
      });
    });
    const { appended } = await storage.append(many, NOW_US, MAX);
    const filters = fc.record(
      {
        types: fc.subarray([...EVENT_TYPES], { minLength: 1 }),
        sensorIds: fc.subarray(SENSORS, { minLength: 1 }),
        zones: fc.subarray(ZONES, { minLength: 1 }),
        ruleId: optional(RULES),
        fromUs: fc.nat(50),
        toUs: fc.nat(50),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 40 }), async (chosen, limit) => {
        const { ruleId, ...others } = chosen;
        const filter: EventFilter = { ...others, ...(ruleId !== undefined && { ruleId }) };
        const expected = appended
          .filter((one) => isSelected(one, filter))
          .sort((a, b) => b.timeUs - a.timeUs || b.row - a.row);
        const found: LoggedEvent[] = [];
        for (let page = await storage.newest(filter, limit); page.length > 0;) {
          found.push(...page);
          const { timeUs = 0, row = 0 } = page.at(-1) ?? {};
          page = await storage.newest(filter, limit, { timeUs, row, upToRow: 120 });
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('shows no entry on a later page that was appended after the first one', async () => {
    await storage.append([event(5), event(6)], NOW_US, MAX);
    const [first] = await storage.newest({}, 1);
    await storage.append([event(4)], NOW_US, MAX);
    const after = { timeUs: first?.timeUs ?? 0, row: first?.row ?? 0, upToRow: 2 };
    expect(ids(await storage.newest({}, 10, after))).toEqual([5]);
  });

  it('drops the oldest entries of whoever has most when it is full, and counts them until told', async () => {
    const rule = (n: number): SystemEvent => event(n, { ruleId: 'r', sensorId: 's' });
    await storage.append([event(1), ...[2, 3, 4, 5, 6].map(rule)], NOW_US, 6);
    expect(await storage.append([event(7), rule(8)], NOW_US, 6)).toMatchObject({ firstRow: 4, dropped: 2 });
    expect(await all()).toEqual([1, 4, 5, 6, 7, 8]);
    expect(await storage.state()).toMatchObject({ firstRow: 4, untold: 2 });
    await reopen();
    await storage.told(1);
    await reopen();
    expect(await storage.state()).toMatchObject({ firstRow: 4, lastRow: 8, untold: 1 });
  });

  it('removes what was appended before a time, in steps, and none beyond a row', async () => {
    await storage.append(events(1, 6), NOW_US, MAX);
    await storage.append(events(6, 9), NOW_US + 10, MAX);
    expect(await storage.removeOld(NOW_US + 1, 4, 3)).toEqual({ removed: 3, firstRow: 4 });
    expect(await storage.removeOld(NOW_US + 1, 4, 3)).toEqual({ removed: 1, firstRow: 5 });
    expect(await storage.removeOld(NOW_US + 1, Infinity, 3)).toEqual({ removed: 1, firstRow: 6 });
    expect(await storage.removeOld(NOW_US + 1, Infinity, 3)).toEqual({ removed: 0, firstRow: 6 });
    expect(await all()).toEqual([6, 7, 8]);
  });

  it('uses no row twice, also when all entries are removed', async () => {
    await storage.append(events(1, 4), NOW_US, MAX);
    await storage.removeOld(NOW_US + 1, Infinity, 10);
    await reopen();
    expect(await storage.state()).toMatchObject({ firstRow: 4, lastRow: 3 });
    expect((await storage.append([event(9)], NOW_US, MAX)).appended[0]?.row).toBe(4);
  });

  it('corrects when entries after a row were appended, and none was appended in the future', async () => {
    await storage.append(events(1, 3), NOW_US, MAX);
    await storage.append(events(3, 5), NOW_US + 1_000, MAX);
    await storage.redate(2, -500, NOW_US + 400);
    expect((await storage.removeOld(NOW_US + 400, Infinity, 10)).removed).toBe(2);
    expect((await storage.removeOld(NOW_US + 401, Infinity, 10)).removed).toBe(2);
  });

  it('keeps its identity, and what was copied', async () => {
    await storage.append(events(1, 4), NOW_US, MAX);
    await storage.copied(2);
    const before = await storage.state();
    await reopen();
    expect(before).toMatchObject({ copiedRow: 2, lastRow: 3 });
    expect(await storage.state()).toEqual(before);
  });

  it('rejects calls once it is closed', async () => {
    await storage.close();
    await storage.close();
    await expect(storage.state()).rejects.toThrow(/shutting down/);
  });

  it('has every entry whose append had returned when the process is killed, and whole appends only', async () => {
    await storage.close();
    const appends = await killAfter(20, 'logs/event-writer.mjs', place.writerArgs);
    storage = await place.open();
    const found = await all();
    expect(found.length).toBeGreaterThanOrEqual(3 * appends);
    expect(found.length % 3).toBe(0);
    expect(found).toEqual(found.map((_, index) => index));
  });
}

function isSelected(
  { type, sensorId = '', zone = '', ruleId, timeUs }: LoggedEvent,
  filter: EventFilter,
): boolean {
  return (
    (filter.types?.includes(type) ?? true) &&
    (filter.sensorIds?.includes(sensorId) ?? true) &&
    (filter.zones?.includes(zone) ?? true) &&
    (filter.ruleId === undefined || filter.ruleId === ruleId) &&
    timeUs >= (filter.fromUs ?? 0) &&
    timeUs < (filter.toUs ?? Infinity)
  );
}
