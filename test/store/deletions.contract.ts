import type { ReadingStore } from '../../src/influx/reading-store.js';
import { AWKWARD_NAMES } from './awkward-names.js';
import { callsOf, FOREVER, NOON, reading, signal } from './store-calls.js';

/** How every ReadingStore counts and deletes readings. */
export function describeDeletions(store: () => ReadingStore, newSensor: () => string): void {
  const { write, latest, all } = callsOf(store);

  it.each(AWKWARD_NAMES)(
    'deletes the readings of a range, its end not included, and counts them: %s',
    async (name) => {
      const [sensorId, other] = [`${newSensor()} ${name}`.slice(0, 128), newSensor()];
      const times = [0, 1, 2, 3, 4].map((offset) => NOON + offset);
      const ofSensor = times.map((timestampUs) => reading(sensorId, 0, { zone: name, timestampUs }));
      await write(...ofSensor, reading(sensorId, 0, { zone: 'other', timestampUs: NOON + 2 }));
      await write(...times.map((timestampUs) => reading(other, 0, { timestampUs })));
      const deletion = { sensorId, zone: name, fromUs: NOON + 1, toUs: NOON + 3 };
      expect(await store().count(deletion, signal())).toBe(2);
      await store().delete(deletion, signal());
      expect(await store().count(deletion, signal())).toBe(0);
      // The same again changes nothing.
      await store().delete(deletion, signal());
      expect((await all(sensorId)).map(({ zone, timestampUs }) => [zone, timestampUs - NOON])).toEqual([
        [name, 0],
        ['other', 2],
        [name, 3],
        [name, 4],
      ]);
      expect(await all(other)).toHaveLength(5);
      const everything = { sensorId, ...FOREVER };
      expect(await store().count(everything, signal())).toBe(4);
      await store().delete(everything, signal());
      expect(await all(sensorId)).toEqual([]);
      expect(await latest(sensorId)).toBeUndefined();
      // What is written afterwards stays.
      await write(...ofSensor);
      expect(await all(sensorId)).toHaveLength(5);
    },
  );

  it('deletes many readings of one sensor, also several of one microsecond', async () => {
    const sensorId = newSensor();
    const many = Array.from({ length: 9_001 }, (_, index) =>
      reading(sensorId, 0, { zone: `zone ${index % 3}`, timestampUs: NOON + Math.floor(index / 3) }),
    );
    for (let from = 0; from < many.length; from += 5_000) await write(...many.slice(from, from + 5_000));
    const deletion = { sensorId, fromUs: NOON, toUs: NOON + 3_000 };
    expect(await store().count(deletion, signal())).toBe(9_000);
    await store().delete(deletion, signal());
    expect(await all(sensorId)).toEqual([many[9_000]]);
    expect(await latest(sensorId)).toEqual(many[9_000]);
  });

  it.each([
    ['at 1970', 0],
    ['a microsecond before 1970', -1],
    ['a microsecond after 1970', 1],
  ])('deletes the readings of a range that ends %s', async (_name, toUs) => {
    const sensorId = newSensor();
    const times = [-40 * 86_400_000_000, -3_600_000_000, -2, -1, 0, 1];
    await write(...times.map((timestampUs) => reading(sensorId, 0, { timestampUs })));
    const before = times.filter((timestampUs) => timestampUs < toUs).length;
    for (const fromUs of [FOREVER.fromUs, -365 * 86_400_000_000]) {
      const deletion = { sensorId, fromUs, toUs };
      expect(await store().count(deletion, signal())).toBe(before);
    }
    await store().delete({ sensorId, fromUs: FOREVER.fromUs, toUs }, signal());
    expect(await all(sensorId)).toHaveLength(times.length - before);
  });

  it('deletes the oldest and the newest timestamp there is', async () => {
    const sensorId = newSensor();
    const ends = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1];
    await write(...ends.map((timestampUs) => reading(sensorId, 0, { timestampUs })));
    expect(await store().count({ sensorId, ...FOREVER }, signal())).toBe(2);
    await store().delete({ sensorId, ...FOREVER }, signal());
    expect(await store().count({ sensorId, ...FOREVER }, signal())).toBe(0);
  });
}
