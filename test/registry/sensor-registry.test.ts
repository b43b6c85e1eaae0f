import fc from 'fast-check';

import { GIVEN, SENT } from '../../src/model/stamp.js';
import { type Heard, SensorRegistry } from '../../src/registry/sensor-registry.js';
import { SortedIds } from '../../src/registry/sorted-ids.js';

const ids = ['a', 'b', 'c', 'd'];
const FILTERS = [
  {},
  { zone: 'x' },
  { zone: 'y' },
  { sensorIds: ['a'] },
  { sensorIds: ['a', 'b', 'c'] },
  { sensorIds: ['d', 'a'], zone: 'x' },
];

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      sensorId: fc.constantFrom(...ids),
      zone: fc.constantFrom('x', 'y', 'z'),
      value: fc.constantFrom(1, 2),
      timestampUs: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...ids) },
);

function heardAt(acceptedMs: number, residue = 0): Heard {
  return { acceptedMs, residue, heardMs: undefined };
}

describe('SensorRegistry', () => {
  it('changes the version of a filter exactly when its latest readings change', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const registry = new SensorRegistry();
        const contentOf = (filter: (typeof FILTERS)[number]): string =>
          JSON.stringify([...registry.matching(filter)].map(({ latest }) => latest));
        const seen = FILTERS.map(() => new Map<string, string>());
        const look = (): [string, string][] =>
          FILTERS.map((filter) => [registry.versionOf(filter), contentOf(filter)]);
        let before = look();
        acts.forEach((one, position) => {
          if (typeof one === 'string') registry.forget(one, position);
          else registry.accept(one, SENT, heardAt(1), position + 1);
          const after = look();
          after.forEach(([version, content], index) => {
            expect(seen[index]?.get(version) ?? content).toBe(content);
            seen[index]?.set(version, content);
            const [versionBefore, contentBefore] = before[index] ?? [];
            expect(version === versionBefore).toBe(content === contentBefore);
          });
          before = after;
        });
      }),
    );
  });

  it('does not bring a forgotten sensor back with readings accepted before', () => {
    const registry = new SensorRegistry();
    const reading = { sensorId: 'a', zone: 'x', value: 1, timestampUs: 1 };
    registry.accept(reading, SENT, heardAt(10), 1);
    expect(registry.forget('a', 5)?.readings).toBe(1);
    registry.accept(reading, SENT, heardAt(20), 5);
    registry.learn(reading, 4);
    expect([registry.get('a'), registry.isAbsent('a')]).toEqual([undefined, true]);
    registry.accept(reading, SENT, heardAt(30), 6);
    expect(registry.get('a')).toMatchObject({ readings: 1, firstMs: 30, lastMs: 30 });
  });
});

describe('SensorRegistry after the clock was set back', () => {
  const YEAR_MS = 365 * 86_400_000;
  const at = (
    ms: number,
    value: number,
  ): { sensorId: string; zone: string; value: number; timestampUs: number } => ({
    sensorId: 'a',
    zone: 'x',
    value,
    timestampUs: ms * 1_000,
  });
  /** With a residue, as the gateway gives it. */
  const given = (ms: number, residue: number, value: number) => ({
    ...at(ms, value),
    timestampUs: Math.floor((ms * 1_000) / 64) * 64 + residue,
  });

  it('takes the next reading as newest in place of one that the gateway stamped years ahead', () => {
    const registry = new SensorRegistry(3_600_000);
    registry.accept(given(11 * YEAR_MS, 0, 1), GIVEN, heardAt(11 * YEAR_MS, 0), 1);
    registry.accept(given(YEAR_MS, 1, 2), GIVEN, heardAt(YEAR_MS, 1), 2);
    expect(registry.get('a')).toMatchObject({ latest: { value: 2 }, lastMs: YEAR_MS, firstMs: YEAR_MS });
    registry.accept(given(YEAR_MS + 1_000, 1, 3), GIVEN, heardAt(YEAR_MS + 1_000, 1), 3);
    expect(registry.get('a')?.latest.value).toBe(3);
  });

  it('also when the one years ahead was learned once more, as from a dead letter', () => {
    const registry = new SensorRegistry(3_600_000);
    const ahead = given(YEAR_MS + 1_800_000, 0, 1);
    registry.accept(ahead, GIVEN, heardAt(YEAR_MS + 1_800_000, 0), 1);
    registry.learn({ ...ahead, value: 5 }, 2);
    registry.accept(given(YEAR_MS, 1, 2), GIVEN, heardAt(YEAR_MS, 1), 3);
    expect(registry.get('a')?.latest.value).toBe(2);
  });

  it('also in place of one that a device stamped further ahead than it would be allowed to now', () => {
    const registry = new SensorRegistry(3_600_000);
    registry.accept(at(11 * YEAR_MS, 1), SENT, heardAt(11 * YEAR_MS, 0), 1);
    registry.accept(at(YEAR_MS, 2), SENT, heardAt(YEAR_MS, 1), 2);
    expect(registry.get('a')?.latest.value).toBe(2);
  });

  it('keeps one that is ahead as far as a device may be, or as a small step back was bridged', () => {
    const registry = new SensorRegistry(3_600_000);
    registry.accept(at(YEAR_MS + 3_000_000, 1), SENT, heardAt(YEAR_MS, 0), 1);
    registry.accept(at(YEAR_MS + 1, 2), SENT, heardAt(YEAR_MS + 1, 1), 2);
    expect(registry.get('a')?.latest.value).toBe(1);
    const bridged = new SensorRegistry(3_600_000);
    bridged.accept(given(YEAR_MS, 0, 1), GIVEN, heardAt(YEAR_MS, 0), 1);
    bridged.accept(at(YEAR_MS - 9_000, 2), SENT, heardAt(YEAR_MS - 8_000, 0), 2);
    expect(bridged.get('a')?.latest.value).toBe(1);
  });
});

describe('SortedIds', () => {
  it('is a sorted set', () => {
    const step = fc.record({
      id: fc.string({ maxLength: 2 }),
      what: fc.constantFrom('add', 'delete', 'ask'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const sorted = new SortedIds();
        const set = new Set<string>();
        for (const { id, what } of steps) {
          if (what === 'ask') {
            expect(sorted.all()).toEqual([...set].sort());
            expect(sorted.after(id)).toEqual([...set].sort().filter((one) => one > id));
          } else if (what === 'add' && !set.has(id)) {
            sorted.add(id);
            set.add(id);
          } else if (what === 'delete' && set.delete(id)) sorted.delete(id);
        }
      }),
    );
  });
});
