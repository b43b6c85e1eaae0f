import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';

import { Lane, type Parcel, toLanes, toParcels } from '../../src/journal/lane.js';
import type { Reading } from '../../src/reading/reading.js';

const parcel = (value: number, { count = 1, replayed = false, characters = 100 } = {}): Parcel => ({
  underway: {
    position: value,
    count,
    text: '',
    entry: { acceptedMs: 1, ...(replayed && { replayed: [1] }) },
    remaining: count,
    deadLetters: undefined,
  },
  packed: { text: 'x'.repeat(characters), count, hoursUs: [] },
  lane: 0,
  skip: 0,
});
const valuesOf = (batch: readonly Parcel[]): number[] => batch.map(({ underway }) => underway.position);

describe('a lane', () => {
  it('gives what it was given, in batches, in order', () => {
    const lane = new Lane();
    const given: number[] = [];
    for (let value = 0; value < 23_000; value += 1) {
      lane.push(parcel(value));
      if (value % 3_000 === 2_999) given.push(...valuesOf(lane.take()));
    }
    while (lane.length > 0) given.push(...valuesOf(lane.take()));
    expect(given).toEqual(Array.from({ length: 23_000 }, (_, value) => value));
    expect(lane.take()).toEqual([]);
  });

  it('ends a batch before it has more than 5,000 readings or a million characters', () => {
    const lane = new Lane();
    for (const count of [2_500, 2_000, 1_000, 2_500]) lane.push(parcel(count, { count }));
    expect([lane.length, lane.isFull]).toEqual([8_000, true]);
    expect([valuesOf(lane.take()), valuesOf(lane.take()), lane.length]).toEqual([
      [2_500, 2_000],
      [1_000, 2_500],
      0,
    ]);
    for (const characters of [600_000, 600_000]) lane.push(parcel(characters, { characters }));
    expect([lane.take(), lane.take()].map((batch) => batch.length)).toEqual([1, 1]);
  });

  it('gives replayed readings in batches of their own', () => {
    const lane = new Lane();
    for (const replayed of [false, false, true, false]) lane.push(parcel(1, { replayed }));
    expect([lane.take(), lane.take(), lane.take()].map((batch) => batch.length)).toEqual([2, 1, 1]);
  });

  it('keeps nothing of what it gave, although it is never empty', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const lane = new Lane();
    const given: WeakRef<Parcel>[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (let value = 0; value < 6_000; value += 1) lane.push(parcel(value));
      given.push(...lane.take().map((one) => new WeakRef(one)));
    }
    // What a turn of the event loop has looked at is kept until it ends.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(lane.length).toBe(20_000);
    expect(given.filter((one) => one.deref()).length).toBeLessThanOrEqual(20_000);
  });
});

describe('readings of an entry', () => {
  const reading = (sensor: number, value: number): Reading => ({
    sensorId: `sensor-${sensor}`,
    zone: 'z',
    value,
    timestampUs: value,
  });

  it('are in one lane with all others of their sensor, in their order, and cut into parcels whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(40), { maxLength: 300 }),
        fc.integer({ min: 1, max: 8 }),
        (sensors, lanes) => {
          const readings = sensors.map(reading);
          const divided = toLanes(readings, lanes);
          const laneOf = new Map<string, number>();
          for (const [lane, its] of divided) {
            for (const { sensorId } of its) expect(laneOf.get(sensorId) ?? lane).toBe(lane);
            for (const { sensorId } of its) laneOf.set(sensorId, lane);
            expect(its).toEqual(readings.filter(({ sensorId }) => laneOf.get(sensorId) === lane));
          }
          expect([...divided.values()].flat()).toHaveLength(readings.length);
        },
      ),
    );
    const many = Array.from({ length: 10_000 }, (_, value) => reading(1, value));
    const parcels = [...toParcels(many)];
    expect([...toParcels([])]).toEqual([]);
    expect([parcels.flat(), Math.max(...parcels.map(({ length }) => length))]).toEqual([many, 2_500]);
  });

  it('are spread over the lanes', () => {
    const readings = Array.from({ length: 1_000 }, (_, sensor) => reading(sensor, 1));
    for (const its of toLanes(readings, 4).values()) expect(its.length).toBeGreaterThan(150);
  });
});
