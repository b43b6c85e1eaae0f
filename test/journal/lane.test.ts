import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { type Item, Lane } from '../../src/journal/lane.js';

const item = (value: number, replayed = false): Item => ({
  underway: { position: value, count: 1, entry: undefined, remaining: 1, deadLetters: [] },
  reading: { sensorId: 's', zone: 'z', value, timestampUs: value },
  replayed,
});

describe('a lane', () => {
  it('gives what it was given, in batches, in order', () => {
    const lane = new Lane();
    const given: number[] = [];
    for (let value = 0; value < 23_000; value += 1) {
      lane.push(item(value));
      if (value % 3_000 === 2_999) given.push(...lane.take().map(({ reading }) => reading.value));
    }
    while (lane.length > 0) given.push(...lane.take().map(({ reading }) => reading.value));
    expect(given).toEqual(Array.from({ length: 23_000 }, (_, value) => value));
    expect(lane.take()).toEqual([]);
  });

  it('gives replayed readings in batches of their own', () => {
    const lane = new Lane();
    for (const replayed of [false, false, true, false]) lane.push(item(1, replayed));
    expect([lane.take(), lane.take(), lane.take()].map((batch) => batch.length)).toEqual([2, 1, 1]);
  });

  it('keeps nothing of what it gave, although it is never empty', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const lane = new Lane();
    const given: WeakRef<Item>[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (let value = 0; value < 6_000; value += 1) lane.push(item(value));
      given.push(...lane.take().map((one) => new WeakRef(one)));
    }
    // What a turn of the event loop has looked at is kept until it ends.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(lane.length).toBe(20_000);
    expect(given.filter((one) => one.deref()).length).toBeLessThanOrEqual(20_000);
  });
});
