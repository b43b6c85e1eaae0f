import fc from 'fast-check';

import type { AcceptedEntry } from '../../src/journal/journal-entry.js';
import type { Reading } from '../../src/model/reading.js';
import { RecentReadings } from '../../src/stream/recent-readings.js';

const CAPACITY = 9_000;

const entryAt = (position: number, count: number): AcceptedEntry => {
  const readings = Array.from({ length: count }, (_, index): Reading => {
    const value = position - count + 1 + index;
    return { sensorId: `s${value % 7}`, zone: 'z', value, timestampUs: value };
  });
  return { position, count, entry: { acceptedMs: 1, readings }, bytes: 0 };
};

describe('RecentReadings', () => {
  it('has each of the last readings at its position', () => {
    const push = fc.record({
      count: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.constant(2_500)),
      isShown: fc.boolean(),
      isGap: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
    });
    const look = fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), places: fc.nat(600) });
    fc.assert(
      fc.property(
        fc.array(push, { minLength: 1, maxLength: 60 }),
        fc.array(look, { maxLength: 20 }),
        (pushes, looks) => {
          const recent = new RecentReadings(CAPACITY);
          const slots = new Map<number, number | undefined>();
          let position = 0;
          for (const { count, isShown, isGap } of pushes) {
            // Lost positions: a client at an earlier position cannot continue.
            if (isGap) {
              position += 5;
              slots.clear();
            }
            position += count;
            recent.push(entryAt(position, count), isShown);
            for (let place = position - count + 1; place <= position; place += 1)
              slots.set(place, isShown ? place : undefined);
          }
          const first = Math.max(Math.min(...slots.keys()), position - CAPACITY + 1);
          expect([recent.firstPosition, recent.lastPosition]).toEqual([first, position]);
          for (const { from, places } of looks) {
            const begin = first + Math.floor(from * (position - first));
            const end = Math.min(position, begin + places);
            const expected: number[] = [];
            for (let place = begin; place <= end; place += 1)
              if (slots.get(place) !== undefined) expected.push(place);
            const found: number[] = [];
            recent.forEach(begin, end, (place, sensorId, zone) => {
              expect([sensorId, zone]).toEqual([`s${place % 7}`, 'z']);
              found.push(recent.at(place).value);
            });
            expect(found).toEqual(expected);
            for (const place of expected.slice(-1))
              expect(JSON.parse(recent.jsonAt(place))).toMatchObject({
                sensorId: `s${place % 7}`,
                value: place,
              });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
