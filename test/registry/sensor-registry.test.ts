import fc from 'fast-check';

import type { Reading } from '../../src/model/reading.js';
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
    expect(registry.forget('a', 5)?.sensor.readings).toBe(1);
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

describe('SensorRegistry beside a store', () => {
  const HOUR_US = 3_600_000_000;
  const NOW_US = Date.parse('2027-01-01T00:00:00Z') * 1000;
  const NOW_MS = NOW_US / 1000;
  const NOW = heardAt(NOW_MS, 0);
  const at = (timestampUs: number, value = 1, latencyMs?: number): Reading => ({
    ...{ sensorId: 'a', zone: 'x', value, timestampUs },
    ...(latencyMs !== undefined && { latencyMs }),
  });
  const everything = { sensorId: 'a', fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };
  let registry: SensorRegistry;
  const latest = (): Reading | undefined => registry.get('a')?.latest;
  const learn = (reading: Reading, nowMs = NOW_MS): Reading | undefined => {
    registry.learnStored(reading, nowMs);
    return latest();
  };
  /** Of a sensor that the store and the gateway know. */
  const restart = (): void => {
    const before = [...registry.forgotten()];
    const sensor = registry.get('a');
    registry = new SensorRegistry(3_600_000);
    for (const one of before) registry.restoreForgotten(one);
    if (sensor) registry.restore({ ...sensor, activity: sensor, countedSeq: 0 });
  };

  beforeEach(() => {
    registry = new SensorRegistry(3_600_000);
  });

  it('takes what is newer, and of the same point only a latency that is missing', () => {
    registry.accept(at(NOW_US, 1), SENT, NOW, 1);
    registry.accept(at(NOW_US, 2), SENT, NOW, 2);
    expect(learn(at(NOW_US - 1, 3))).toEqual(at(NOW_US, 2));
    expect(learn(at(NOW_US, 1, 5))).toEqual(at(NOW_US, 2, 5));
    expect(learn(at(NOW_US, 1, 6))).toEqual(at(NOW_US, 2, 5));
    expect(learn(at(NOW_US + 1, 4))).toEqual(at(NOW_US + 1, 4));
  });

  it('takes no reading that lies further ahead than a device may send, unless nothing else is known', () => {
    const ahead = at(NOW_US + HOUR_US + 1, 2);
    registry.accept(at(NOW_US), SENT, NOW, 1);
    expect(learn(ahead)).toEqual(at(NOW_US));
    expect(learn({ ...ahead, timestampUs: NOW_US + HOUR_US })).toMatchObject({ value: 2 });
    registry = new SensorRegistry(3_600_000);
    expect(learn(ahead)).toEqual(ahead);
    registry.accept(at(NOW_US), SENT, NOW, 1);
    expect(latest()).toEqual(at(NOW_US));
  });

  it('does not take back a reading that was displaced, also when its time is near and after a restart', () => {
    const ahead = at(NOW_US + 2 * HOUR_US, 1);
    registry.accept(ahead, SENT, heardAt(NOW_MS + 7_200_000, 0), 1);
    registry.accept(at(NOW_US, 2), SENT, NOW, 2);
    for (const act of [() => undefined, restart]) {
      act();
      expect(learn(ahead, NOW_MS + 3_700_000)).toEqual(at(NOW_US, 2));
    }
    const newer = at(ahead.timestampUs + 1, 3);
    expect(learn(newer, NOW_MS + 3_700_000)).toEqual(newer);
  });

  it('takes what others write once the reading that was displaced is deleted', () => {
    const ahead = at(NOW_US + 2 * HOUR_US, 1);
    registry.accept(ahead, SENT, heardAt(NOW_MS + 7_200_000, 0), 1);
    registry.accept(at(NOW_US, 2), SENT, NOW, 2);
    const deletion = { sensorId: 'a', fromUs: NOW_US + HOUR_US, toUs: NOW_US + 3 * HOUR_US };
    registry.beginDeletion(deletion, 3);
    registry.endDeletion(deletion, 3, undefined);
    expect(learn(at(NOW_US + HOUR_US, 3))).toEqual(at(NOW_US + HOUR_US, 3));
  });

  it('does not take what it displaced for what remains after a deletion', () => {
    const ahead = at(NOW_US + 2 * HOUR_US, 1);
    registry.accept(ahead, SENT, heardAt(NOW_MS + 7_200_000, 0), 1);
    registry.accept(at(NOW_US, 2), SENT, NOW, 2);
    const deletion = { sensorId: 'a', fromUs: NOW_US, toUs: NOW_US + 1 };
    registry.beginDeletion(deletion, 3);
    expect(registry.endDeletion(deletion, 3, ahead)).toBe(true);
    expect([latest(), learn(ahead, NOW_MS + 3_700_000)]).toEqual([undefined, undefined]);
  });

  it('shows no reading that was displaced behind a deletion', () => {
    registry.accept(at(NOW_US, 1), SENT, NOW, 1);
    registry.beginDeletion(everything, 2);
    registry.accept(at(NOW_US + 2 * HOUR_US, 2), SENT, heardAt(NOW_MS + 7_200_000, 0), 3);
    registry.accept(at(NOW_US + 1, 3), SENT, NOW, 4);
    registry.endDeletion(everything, 2, undefined);
    expect(latest()).toEqual(at(NOW_US + 1, 3));
  });

  it('does not bring back what people made it forget, also when the sensor has sent again and after a restart', () => {
    const before = at(NOW_US, 1);
    registry.accept(before, SENT, NOW, 1);
    registry.forget('a', 1);
    expect(learn(before)).toBeUndefined();
    registry.accept(at(NOW_US - HOUR_US, 2), SENT, NOW, 2);
    registry.released(2);
    for (const act of [() => undefined, restart]) {
      act();
      expect(learn(before)).toEqual(at(NOW_US - HOUR_US, 2));
    }
    expect(learn(at(NOW_US + 1, 3))).toEqual(at(NOW_US + 1, 3));
  });

  it('takes what others write of a sensor that people made it forget', () => {
    registry.accept(at(NOW_US, 1), SENT, NOW, 1);
    registry.forget('a', 1);
    restart();
    expect([learn(at(NOW_US)), learn(at(NOW_US + 1))]).toEqual([undefined, at(NOW_US + 1)]);
  });

  it('takes what others write of a sensor of which a deletion left nothing', () => {
    registry.accept(at(NOW_US, 1), SENT, NOW, 1);
    registry.beginDeletion(everything, 2);
    expect(registry.endDeletion(everything, 2, undefined)).toBe(true);
    expect([registry.isAbsent('a'), [...registry.forgotten()]]).toEqual([false, []]);
    expect(learn(at(NOW_US - 1, 2))).toEqual(at(NOW_US - 1, 2));
  });

  it('gives sensors to save only when something has changed', () => {
    const changed = (): string[] => registry.takeChanged().map((sensor) => sensor.latest.sensorId);
    for (const sensorId of ids) registry.learnStored({ ...at(NOW_US), sensorId }, NOW_MS);
    expect([registry.changedCount, changed(), changed()]).toEqual([4, ['a', 'b', 'c', 'd'], []]);
    for (const sensorId of ids) registry.learnStored({ ...at(NOW_US), sensorId }, NOW_MS);
    registry.learn(at(NOW_US), 1);
    expect(registry.changedCount).toBe(0);
    registry.learnStored(at(NOW_US, 1, 5), NOW_MS);
    expect(changed()).toEqual(['a']);
  });

  it('restores all of a sensor when it could not be saved that it was forgotten', () => {
    registry.accept(at(NOW_US, 1), SENT, { ...NOW, heardMs: 7 }, 1);
    registry.beginDeletion(everything, 2);
    registry.accept(at(NOW_US, 2), SENT, { ...NOW, heardMs: 8 }, 3);
    const forgotten = registry.forget('a', 3);
    if (forgotten) registry.unforget(forgotten);
    expect(registry.get('a')).toMatchObject({ latest: at(NOW_US, 2), readings: 2, heardMs: 8 });
    expect([...registry.forgotten()]).toEqual([]);
    expect(registry.endDeletion(everything, 2, undefined)).toBe(false);
    expect(latest()).toEqual(at(NOW_US, 2));
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
