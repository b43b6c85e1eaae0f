import fc from 'fast-check';

import { encodeEntry } from '../../src/journal/entry-codec.js';
import { countOf, type Entry } from '../../src/journal/entry.js';
import type { AcceptedEntry } from '../../src/journal/journal-entry.js';
import { GIVEN, PUSHED, SENT, type Stamp, toStamps } from '../../src/model/stamp.js';
import { RecentEntries, PackedEntryReader } from '../../src/rules/recent-entries.js';

const RUN = 5;
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
    stamps: fc.array(fc.constantFrom<Stamp>(SENT, GIVEN, PUSHED), { minLength: 4, maxLength: 4 }),
    residue: fc.option(fc.nat(63), { nil: undefined }),
    ms: fc.option(fc.nat(), { nil: undefined }),
    isReplayed: fc.boolean(),
  })
  .map(({ isReplayed, ms, stamps, ...one }) => ({
    ...one,
    stamps: toStamps(stamps.slice(0, one.readings.length)),
    steady: ms === undefined ? undefined : { run: RUN, ms },
    ...(isReplayed && { replayed: one.readings.map((_, id) => id) }),
  }));
const range = { sensorId: 'a', fromUs: 0, toUs: 1, requestedBy: 'somebody' };
const deletion: fc.Arbitrary<Entry> = fc
  .nat()
  .map((acceptedMs) => ({ acceptedMs, readings: [], deletion: { ...range, toUs: acceptedMs + 1 } }));

const oneOf = fc.oneof({ weight: 6, arbitrary: entry }, { weight: 1, arbitrary: deletion });

function accepted(entries: readonly Entry[], after: number): AcceptedEntry[] {
  let position = after;
  return entries.map((one) => {
    const count = countOf(one);
    position += count;
    return { position, count, entry: one, bytes: encodeEntry(one).length };
  });
}

/** As the rules should see them. */
const judged = ({
  position,
  entry: { acceptedMs, readings, replayed, deletion: deleted, ...marks },
}: AcceptedEntry): object => ({
  position,
  acceptedMs,
  stamps: replayed ? undefined : marks.stamps,
  residue: marks.residue,
  steady: marks.steady,
  ...(deleted && { deletion: deleted }),
  readings: replayed
    ? []
    : readings.map(({ sensorId, zone, value: one, timestampUs }) => ({
        sensorId,
        zone,
        value: one,
        timestampUs,
      })),
});

describe('RecentEntries', () => {
  it('gives the readings after a position, in whatever steps they are taken', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(oneOf, fc.nat(3))), fc.nat(50), (steps, after) => {
        const recent = new RecentEntries(after, RUN);
        const reader = new PackedEntryReader();
        const all = accepted(
          steps.map(([one]) => one),
          after,
        );
        const seen: object[] = [];
        let readTo = after;
        for (const [index, one] of all.entries()) {
          recent.push(one);
          // Now and then, and sometimes after some were read from the journal instead.
          const ask = steps[index]?.[1];
          if (ask === 0) continue;
          if (ask === 1) {
            for (const passed of all.slice(0, index + 1))
              if (passed.position > readTo && passed.position < one.position) {
                seen.push(judged(passed));
                readTo = passed.position;
              }
          }
          const taken = recent.takeAfter(readTo);
          if (!taken) throw new Error('It reaches back to all that was pushed');
          expect(taken.position).toBe(one.position);
          expect(taken.bytes).toBe(
            all
              .filter(({ position }) => position > readTo && position <= one.position)
              .reduce((sum, { bytes }) => sum + bytes, 0),
          );
          seen.push(...reader.read(taken.entries));
          readTo = taken.position;
        }
        expect(seen).toEqual(all.filter(({ position }) => position <= readTo).map(judged));
      }),
    );
  });

  it('gives nothing from before its first entry, and nothing beyond its limit until the reader is near again', () => {
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
    const positionOf = (index: number): number => entries[index]?.position ?? 0;
    const recent = new RecentEntries(7, RUN);
    const reader = new PackedEntryReader();
    expect(recent.takeAfter(6)).toBeUndefined();
    for (const one of entries.slice(0, 20)) recent.push(one);
    expect(recent.takeAfter(7)).toBeUndefined();
    expect(recent.takeAfter(positionOf(15))).toBeUndefined();

    // From here on it buffers what comes.
    for (const one of entries.slice(20)) recent.push(one);
    const seen: object[] = [];
    let readTo = positionOf(19);
    while (readTo < positionOf(29)) {
      const taken = recent.takeAfter(readTo);
      if (!taken) throw new Error('The last are in memory');
      seen.push(...reader.read(taken.entries));
      readTo = taken.position;
    }
    expect(seen).toEqual(entries.slice(20).map(judged));
  });

  it('starts numbering names again when there are too many', () => {
    const recent = new RecentEntries(0, RUN);
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
      recent.push(one);
      const taken = recent.takeAfter(one.position - one.count);
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
