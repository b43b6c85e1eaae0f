import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Batch, Lane, laneOf } from '../../src/pipeline/lane.js';
import { type InFlightGroup, toInFlightGroup } from '../../src/pipeline/in-flight-group.js';
import type { Reading } from '../../src/model/reading.js';

const group = (position = 1): InFlightGroup => ({
  ...{ position, oldest: undefined, readings: 1, damaged: 0, remembered: [], replayed: [] },
  ...{ remaining: 1, deletion: undefined, deadLetters: undefined },
});
const reading = (value: number, name = 's'): Reading => ({
  ...{ sensorId: name, zone: 'z', value, timestampUs: value },
});
const take = (lane: Lane): Batch | undefined => {
  const next = lane.take();
  expect(next === undefined || next instanceof Batch).toBe(true);
  return next instanceof Batch ? next : undefined;
};
const valuesOf = (batch: Batch | undefined): number[] =>
  Array.from(batch?.readings ?? [], ({ value }) => value);

describe('a lane', () => {
  it('returns readings in order, in batches of at most 5,000', () => {
    const lane = new Lane(5_000);
    const batches: number[][] = [];
    for (let value = 0; value < 23_000; value += 1) {
      lane.push(group(), reading(value));
      expect(lane.isFull).toBe(lane.length >= 5_000);
      if (value % 7_000 === 6_999) batches.push(valuesOf(take(lane)));
    }
    while (lane.length > 0) batches.push(valuesOf(take(lane)));
    expect(batches.flat()).toEqual(Array.from({ length: 23_000 }, (_, value) => value));
    expect(Math.max(...batches.map(({ length }) => length))).toBe(5_000);
    expect(lane.take()).toBeUndefined();
  });

  it('ends a batch when it has about a million characters', () => {
    const lane = new Lane(5_000);
    for (let value = 0; value < 5_000; value += 1) lane.push(group(), reading(value, 'x'.repeat(128)));
    const lengths = [take(lane), take(lane)].map((batch) => batch?.readings.length ?? 0);
    expect(lengths[0]).toBeLessThan(4_000);
    expect((lengths[0] ?? 0) + (lengths[1] ?? 0)).toBe(5_000);
  });

  it('gives replayed readings in batches of their own', () => {
    const lane = new Lane(5_000);
    for (const isReplayed of [false, false, true, false])
      lane.push(group(), reading(1), isReplayed ? 1 : undefined);
    const batches = [take(lane), take(lane), take(lane)];
    expect(batches.map((batch) => [batch?.readings.length, batch?.isReplayed])).toEqual([
      [2, false],
      [1, true],
      [1, false],
    ]);
  });

  it('lets nothing pass a deletion', () => {
    const lane = new Lane(5_000);
    const requested = { sensorId: 's', fromUs: 0, toUs: 1, requestedBy: 'somebody' };
    const entry = { acceptedMs: 1, readings: [], deletion: requested };
    const barrier = toInFlightGroup([{ position: 2, count: 1, entry }]);
    const { deletion } = barrier;
    if (!deletion) throw new Error('no deletion');
    lane.push(group(), reading(1));
    lane.pushBarrier({ group: barrier, deletion });
    lane.push(group(), reading(2));
    lane.push(group(), reading(3));
    expect(lane.length).toBe(4);
    expect(valuesOf(take(lane))).toEqual([1]);
    expect(lane.take()).toMatchObject({ deletion });
    expect(valuesOf(take(lane))).toEqual([2, 3]);
    expect(lane.length).toBe(0);
  });

  it('knows the group of each reading', () => {
    const lane = new Lane(5_000);
    const [first, second] = [group(1), group(2)];
    for (const one of [first, first, second, first]) lane.push(one, reading(1));
    const batch = take(lane);
    expect([0, 1, 2, 3].map((index) => batch?.groupOf(index).position)).toEqual([1, 1, 2, 1]);
    expect(batch?.parts.map(({ count }) => count)).toEqual([2, 1, 1]);
    expect(() => batch?.groupOf(4)).toThrow(RangeError);
  });

  it('keeps no batch in memory that was taken, although it is never empty', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const lane = new Lane(5_000);
    const given: WeakRef<Batch>[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (let value = 0; value < 6_000; value += 1) lane.push(group(), reading(value));
      const batch = take(lane);
      if (batch) given.push(new WeakRef(batch));
    }
    // What a turn of the event loop has looked at is kept until it ends.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(lane.length).toBeGreaterThan(10_000);
    expect(given.filter((one) => one.deref())).toEqual([]);
  });
});

describe('sensors', () => {
  it('are spread over the lanes, each always in the same one', () => {
    const lanes = Array.from({ length: 1_000 }, (_, sensor) => laneOf(`sensor-${sensor}`, 4));
    expect(lanes).toEqual(Array.from({ length: 1_000 }, (_, sensor) => laneOf(`sensor-${sensor}`, 4)));
    for (const lane of [0, 1, 2, 3]) expect(lanes.filter((one) => one === lane).length).toBeGreaterThan(150);
    expect(laneOf('any', 1)).toBe(0);
  });
});
