import fc from 'fast-check';

import { encodeEntry, type Entry } from '../../src/journal/entry-codec.js';
import type { AcceptedEntry } from '../../src/journal/journal-entry.js';
import { RecentEntries, PackedEntryReader } from '../../src/rules/recent-entries.js';

const value = fc.double({ noNaN: true, noDefaultInfinity: true });
const reading = fc.record({
  sensorId: fc.constantFrom('a', 'b', 'ä', 'zone'),
  zone: fc.constantFrom('zone', 'b', 'y'),
  value,
  latencyMs: fc.option(value, { nil: undefined }),
  timestampUs: fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
});
const entry: fc.Arbitrary<Entry> = fc
  .record({
    acceptedMs: fc.nat(),
    readings: fc.array(reading, { minLength: 1, maxLength: 4 }),
    isReplayed: fc.boolean(),
  })
  .map(({ isReplayed, ...one }) =>
    isReplayed ? { ...one, replayed: one.readings.map((_, id) => id) } : one,
  );

function accepted(entries: readonly Entry[], after: number): AcceptedEntry[] {
  let position = after;
  return entries.map((one) => {
    const count = one.readings.length;
    position += count;
    return { position, count, entry: one, bytes: encodeEntry(one).length };
  });
}

/** As the rules are to see them. */
const judged = ({ position, entry: { acceptedMs, readings, replayed } }: AcceptedEntry): object => ({
  position,
  acceptedMs,
  readings: replayed
    ? []
    : readings.map(({ sensorId, zone, value: one, timestampUs }) => ({
        sensorId,
        zone,
        value: one,
        timestampUs,
      })),
});

describe('FreshReadings', () => {
  it('gives the readings that follow a place, however they are asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, fc.nat(3))), fc.nat(50), (steps, after) => {
        const fresh = new RecentEntries(after);
        const reader = new PackedEntryReader();
        const all = accepted(
          steps.map(([one]) => one),
          after,
        );
        const seen: object[] = [];
        let place = after;
        for (const [index, one] of all.entries()) {
          fresh.push(one);
          // Now and then, and sometimes after some were read from the journal instead.
          const ask = steps[index]?.[1];
          if (ask === 0) continue;
          if (ask === 1) {
            for (const passed of all.slice(0, index + 1))
              if (passed.position > place && passed.position < one.position) {
                seen.push(judged(passed));
                place = passed.position;
              }
          }
          const taken = fresh.takeAfter(place);
          if (!taken) throw new Error('It reaches back to all that was pushed');
          expect(taken.position).toBe(one.position);
          expect(taken.bytes).toBe(
            all
              .filter(({ position }) => position > place && position <= one.position)
              .reduce((sum, { bytes }) => sum + bytes, 0),
          );
          seen.push(...reader.read(taken.entries));
          place = taken.position;
        }
        expect(seen).toEqual(all.filter(({ position }) => position <= place).map(judged));
      }),
    );
  });

  it('does not reach back beyond what it was given, and lets go of what is too much', () => {
    const readings = Array.from({ length: 10_000 }, (_, index) => ({
      sensorId: `s${index}`,
      zone: 'z',
      value: index,
      timestampUs: index,
    }));
    const entries = accepted(
      Array.from({ length: 30 }, (_, index) => ({ acceptedMs: index, readings })),
      7,
    );
    const fresh = new RecentEntries(7);
    const reader = new PackedEntryReader();
    expect(fresh.takeAfter(6)).toBeUndefined();
    for (const one of entries) fresh.push(one);
    const lastDropped = 27;
    expect(fresh.takeAfter(entries[lastDropped - 1]?.position ?? 0)).toBeUndefined();

    const seen: object[] = [];
    let place = entries[lastDropped]?.position ?? 0;
    for (let taken = fresh.takeAfter(place); place < (entries.at(-1)?.position ?? 0);) {
      if (!taken) throw new Error('The last are in memory');
      seen.push(...reader.read(taken.entries));
      place = taken.position;
      taken = fresh.takeAfter(place);
    }
    expect(seen).toEqual(entries.slice(lastDropped + 1).map(judged));
  });

  it('numbers names anew when they have become too many', () => {
    const fresh = new RecentEntries(0);
    const reader = new PackedEntryReader();
    const names = Array.from({ length: 45 }, (_, batch) =>
      Array.from({ length: 10_000 }, (_unused, index) => `s${batch * 10_000 + index}`),
    );
    const entries = accepted(
      names.map((its) => ({
        acceptedMs: 0,
        readings: its.map((sensorId) => ({ sensorId, zone: 'z', value: 0, timestampUs: 0 })),
      })),
      0,
    );
    let firsts = 0;
    for (const one of entries) {
      fresh.push(one);
      const taken = fresh.takeAfter(one.position - one.count);
      if (!taken) throw new Error('It was just pushed');
      if (taken.entries.firstName === 0) firsts += 1;
      const read = [...reader.read(taken.entries)].flatMap(({ readings }) => readings);
      expect(read.map(({ sensorId }) => sensorId).join()).toBe(
        one.entry.readings.map(({ sensorId }) => sensorId).join(),
      );
    }
    expect(firsts).toBe(3);
  });
});
