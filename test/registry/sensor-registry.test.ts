import fc from 'fast-check';

import { SensorRegistry } from '../../src/registry/sensor-registry.js';
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
          else registry.accept(one, 1, position + 1);
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
    registry.accept(reading, 10, 1);
    expect(registry.forget('a', 5)?.readings).toBe(1);
    registry.accept(reading, 20, 5);
    registry.learn(reading, 4);
    expect([registry.get('a'), registry.isAbsent('a')]).toEqual([undefined, true]);
    registry.accept(reading, 30, 6);
    expect(registry.get('a')).toMatchObject({ readings: 1, firstMs: 30, lastMs: 30 });
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
