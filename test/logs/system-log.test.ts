import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { LocalEventStorage } from '../../src/logs/local-event-storage.js';
import { SystemLog } from '../../src/logs/system-log.js';
import type { LoggedEvent, SystemEvent } from '../../src/model/system-event.js';
import { emptyFolder, fileOptions } from '../support/environment.js';

const event = (n: number, more: Partial<SystemEvent> = {}): SystemEvent => ({
  id: `event ${n}`,
  timeUs: n * 1_000,
  type: 'normal',
  message: `message ${n}`,
  ...more,
});
const events = (from: number, to: number): SystemEvent[] =>
  Array.from({ length: to - from }, (_, i) => event(from + i));
const numbers = (kept: readonly LoggedEvent[]): number[] => kept.map(({ timeUs }) => timeUs / 1_000);

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;

describe('the system log', () => {
  let folder: string;
  let log: SystemLog;
  const clock: { dateMs: number | undefined } = { dateMs: undefined };
  const open = async (maxEvents?: number): Promise<SystemLog> => {
    const storage = await LocalEventStorage.open(join(folder, 'system-log.db'), fileOptions(folder));
    return SystemLog.open(storage, clock, maxEvents);
  };

  beforeEach(() => {
    folder = emptyFolder();
    clock.dateMs = NOW_MS;
  });
  afterEach(async () => {
    await log.close();
  });

  it('keeps an event once, however often it is found, and reports it once', async () => {
    log = await open();
    const reported: LoggedEvent[] = [];
    log.onAppended((kept) => reported.push(...kept));
    await log.append(events(1, 4));
    await log.append(events(2, 6));
    await log.close();
    log = await open();
    log.onAppended((kept) => reported.push(...kept));
    await log.append(events(1, 7));
    expect(numbers(await log.after(0, 100))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(numbers(reported)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(reported.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps at most maxEvents, and drops those that were added first', async () => {
    log = await open(10);
    // They are added in another order than that of their times.
    await log.append([...events(100, 105), ...events(1, 11)]);
    expect(numbers(await log.after(0, 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([log.firstRow, log.lastRow]).toEqual([6, 15]);
  });

  describe('when it is full', () => {
    const MAX = 30;
    const owners: readonly Partial<SystemEvent>[] = [
      {},
      { sensorId: 'moved' },
      { ruleId: 'hot', sensorId: 'a' },
      { ruleId: 'hot', sensorId: 'b' },
      { ruleId: 'cold', sensorId: 'a' },
    ];
    const ownerOf = ({ ruleId, sensorId }: Partial<SystemEvent>): string => `${ruleId} ${sensorId}`;
    /** The newest first, of each owner. */
    const byOwner = (all: readonly LoggedEvent[]): Map<string, LoggedEvent[]> => {
      const found = new Map<string, LoggedEvent[]>();
      for (const one of all) found.set(ownerOf(one), [one, ...(found.get(ownerOf(one)) ?? [])]);
      return found;
    };

    it('takes from those who have most, keeps of each the newest, and counts what left', async () => {
      const batch = fc.array(fc.constantFrom(0, 1, 2, 2, 2, 2, 2, 2, 3, 4), { minLength: 1, maxLength: 40 });
      const step = fc.oneof(
        { weight: 6, arbitrary: batch },
        { weight: 1, arbitrary: fc.constant('restart') },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          folder = emptyFolder();
          log = await open(MAX);
          const all: LoggedEvent[] = [];
          let n = 0;
          for (const one of steps) {
            if (typeof one === 'string') {
              await log.close();
              log = await open(MAX);
            } else {
              const made = one.map((owner) => event((n += 1), owners[owner]));
              await log.append(made);
              all.push(...made.map((appended, i) => ({ ...appended, row: n - made.length + i + 1 })));
            }
          }
          const kept = await log.after(0, 1_000);
          expect(kept).toHaveLength(Math.min(MAX, all.length));
          expect(log.untold).toBe(all.length - kept.length);
          const keptOf = byOwner(kept);
          const own = ownerOf({});
          const counts = [...keptOf].map(([owner, { length }]) => (owner === own ? 0 : length));
          for (const [owner, added] of byOwner(all)) {
            const newest = keptOf.get(owner) ?? [];
            expect(newest).toEqual(added.slice(0, newest.length));
            if (newest.length === added.length) continue;
            // It had as many as anybody when it lost one, and nobody has got more since then.
            expect(Math.max(...counts)).toBeLessThanOrEqual(newest.length + 1);
            if (owner === own) expect(newest.length).toBeGreaterThanOrEqual(MAX / 10);
          }
          const missing = all.filter(({ row }) => !kept.some((there) => there.row === row));
          expect(log.firstRow).toBe(Math.max(0, ...missing.map(({ row }) => row)) + 1);
          await log.close();
        }),
        { numRuns: 20 },
      );
    });
  });

  it('drops events by the time when they were added, not by their own time', async () => {
    log = await open();
    await log.append(events(1, 2_501));
    const betweenUs = (NOW_MS + 1) * 1_000;
    clock.dateMs = NOW_MS + 2;
    await log.append(events(1, 2_601));
    await log.removeOld(betweenUs, 2_400);
    expect([log.firstRow, log.lastRow]).toEqual([2_401, 2_600]);
    await log.removeOld(betweenUs, Infinity);
    expect([log.firstRow, log.lastRow]).toEqual([2_501, 2_600]);
    expect(numbers(await log.after(0, 1_000))).toEqual(
      events(2_501, 2_601).map(({ timeUs }) => timeUs / 1_000),
    );
    expect(log.removedEntries).toBe(2_500);
  });

  describe('when entries were appended while the clock was wrong', () => {
    /** How many of the entries are removed that were appended more than a day before a time. */
    const removedAt = async (nowMs: number): Promise<number> => {
      const before = log.removedEntries;
      await log.removeOld((nowMs - DAY_MS) * 1_000, Infinity);
      return log.removedEntries - before;
    };

    it.each([3_650, -20])('keeps them for as long as others when it was %d days wrong', async (days) => {
      log = await open();
      await log.append(events(1, 6));
      await log.close();
      clock.dateMs = NOW_MS + days * DAY_MS;
      log = await open();
      await log.append(events(6, 11));
      clock.dateMs = NOW_MS + DAY_MS / 2;
      await log.redate(-days * DAY_MS + DAY_MS / 2, clock.dateMs);
      expect(await removedAt(NOW_MS + DAY_MS + 1)).toBe(5);
      expect(await removedAt(NOW_MS + 1.5 * DAY_MS - 1)).toBe(0);
      expect(await removedAt(NOW_MS + 1.5 * DAY_MS + 1)).toBe(5);
    });

    it('counts from the next start at which the time is known, when it was never right in between', async () => {
      clock.dateMs = undefined;
      log = await open();
      await log.append(events(1, 6));
      await log.close();
      clock.dateMs = NOW_MS;
      log = await open();
      expect(await removedAt(NOW_MS)).toBe(0);
      await log.redate(0, NOW_MS);
      expect(await removedAt(NOW_MS + DAY_MS)).toBe(0);
      expect(await removedAt(NOW_MS + DAY_MS + 1)).toBe(5);
    });
  });

  it('knows after a restart what was copied to the store', async () => {
    log = await open();
    await log.append(events(1, 6));
    await log.markCopied(3);
    const { identity } = log;
    await log.close();
    log = await open();
    expect([log.copiedRow, log.lastRow, log.identity]).toEqual([3, 5, identity]);
  });

  it('creates a new file with another identity when its file is damaged, and keeps the damaged one', async () => {
    log = await open();
    await log.append(events(1, 6));
    const { identity } = log;
    await log.close();
    writeFileSync(join(folder, 'system-log.db'), 'no database at all'.repeat(1_000));
    log = await open();
    expect(await log.after(0, 100)).toEqual([]);
    expect(log.identity).not.toBe(identity);
    expect(readdirSync(join(folder, 'damaged'))).toHaveLength(1);
    await log.record('normal', 'works on');
    expect((await log.newest({}, 10)).map(({ message }) => message)).toEqual(['works on']);
  });

  it('gives recorded events increasing times, however fast they come', async () => {
    log = await open();
    await Promise.all(Array.from({ length: 200 }, (_, i) => log.record('normal', String(i))));
    const times = (await log.after(0, 1_000)).map(({ timeUs }) => timeUs);
    expect(new Set(times).size).toBe(200);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
