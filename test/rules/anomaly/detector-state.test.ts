import fc from 'fast-check';

import {
  type AnomalyDetector,
  DetectorStateError,
  MAX_STATE_BYTES,
  type Observation,
} from '../../../src/rules/anomaly/anomaly-detector.js';
import { detectorFactory } from '../../../src/rules/anomaly/create-detector.js';
import { CLEAN, random, series } from './series.mjs';

/** Any kind of sensor, at any pace, with wild values and gaps here and there, long enough to be judged. */
const readings = fc
  .record({
    kind: fc.constantFrom(...Object.keys(CLEAN)),
    seed: fc.integer(),
    everySeconds: fc.constantFrom(0.01, 1, 300, 7200),
    count: fc.integer({ min: 1, max: 1_500 }),
    oddities: fc.array(
      fc.record({
        at: fc.nat(1_500),
        value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
        count: fc.integer({ min: 1, max: 100 }),
        gapSeconds: fc.constantFrom(0, 30, 86_400),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ kind, seed, everySeconds, count, oddities }) => {
    const generate = CLEAN[kind]?.(random(seed)) ?? (() => 0);
    return series(generate, count, everySeconds).map(({ value, timestampUs }, index): Observation => {
      const odd = oddities.find(({ at, count: length }) => index >= at && index < at + length);
      const gaps = oddities.filter(({ at }) => at <= index).map(({ gapSeconds }) => gapSeconds * 1e6);
      return {
        value: odd ? odd.value : value,
        timestampUs: Math.round(gaps.reduce((sum, gap) => sum + gap, timestampUs)),
      };
    });
  });

const anyValues = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 1_200 })
  .chain((values) =>
    fc.constantFrom(10_000, 1e6, 3e8, 7.2e9).map((everyUs) =>
      // Repeated, so that there are enough of them to get past learning.
      Array.from({ length: 1_500 }, (_, index) => ({
        value: values[index % values.length] ?? 0,
        timestampUs: 1.7e15 + index * everyUs,
      })),
    ),
  );

/** Scores readings in calls of the given sizes, the last size over and over. */
async function inBatches(detector: AnomalyDetector, all: readonly Observation[], sizes: readonly number[]) {
  const scores: number[] = [];
  for (let at = 0, batch = 0; at < all.length; batch += 1) {
    const size = sizes[Math.min(batch, sizes.length - 1)] ?? 1;
    scores.push(...(await detector.score(all.slice(at, at + size))));
    at += size;
  }
  return scores;
}

describe('the state of a detector', () => {
  it('does not depend on how readings are cut into calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        readings,
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        async (all, sizes) => {
          const [whole, cut] = [detectorFactory.create(), detectorFactory.create()];
          expect(await inBatches(cut, all, sizes)).toEqual(await whole.score(all));
          expect(cut.save()).toEqual(whole.save());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives scores that are the same to the last bit when saved and restored anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(readings, fc.double({ min: 0, max: 1, noNaN: true }), async (all, part) => {
        const cut = Math.floor(part * all.length);
        const whole = detectorFactory.create();
        const first = detectorFactory.create();
        const before = await first.score(all.slice(0, cut));
        const second = detectorFactory.restore(first.save());
        const after = await second.score(all.slice(cut));
        expect([...before, ...after]).toEqual(await whole.score(all));
        expect(second.save()).toEqual(whole.save());
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a lasting shift becomes the new normal', 2_800, 5_800, (index: number) => (index >= 2_800 ? 300 : 0)],
    [
      'a wild start is forgotten',
      11_000,
      11_100,
      (index: number) => (index < 4 ? 1e200 : index === 11_000 ? 40 : 0),
    ],
  ])('survives being saved and restored after each reading while %s', async (_, at, count, extra) => {
    const numbers = random(1);
    const all = series((__, index) => numbers.normal() + extra(index), count, 300);
    let detector = detectorFactory.create();
    const scores: number[] = [];
    for (const reading of all) {
      scores.push(...(await detector.score([reading])));
      detector = detectorFactory.restore(detector.save());
    }
    expect(scores).toEqual(await detectorFactory.create().score(all));
    expect(scores[at]).toBeGreaterThan(0.5);
    expect(scores.at(-1)).toBeLessThan(0.5);
  });

  it('has one size, well below the limit, whatever was seen', async () => {
    const { length } = detectorFactory.create().save();
    expect(length).toBeLessThan(MAX_STATE_BYTES / 2);
    await fc.assert(
      fc.asyncProperty(readings, async (all) => {
        const detector = detectorFactory.create();
        await detector.score(all);
        expect(detector.save()).toHaveLength(length);
      }),
      { numRuns: 30 },
    );
  });

  it('is refused when it is damaged, of another version, or nothing at all', async () => {
    const detector = detectorFactory.create();
    await detector.score(series(CLEAN['normal noise']?.(random(2)) ?? (() => 0), 700, 60));
    const state = detector.save();
    fc.assert(
      fc.property(fc.nat(state.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = state.map((byte, index) => (index === at ? byte ^ flip : byte));
        expect(() => detectorFactory.restore(damaged)).toThrow(DetectorStateError);
      }),
    );
    for (const short of [0, 1, 7, 8, 100, state.length - 8, state.length - 1])
      expect(() => detectorFactory.restore(state.slice(0, short))).toThrow(DetectorStateError);
    expect(() => detectorFactory.restore(Buffer.concat([state, state]))).toThrow(DetectorStateError);
  });

  it('is a copy: scoring on leaves saved bytes alone, and one detector leaves another alone', async () => {
    const numbers = random(3);
    const all = series(() => numbers.normal(), 1_200, 300);
    const live = detectorFactory.create();
    await live.score(all.slice(0, 700));
    const state = live.save();
    const kept = state.slice();
    const attempt = detectorFactory.restore(state);
    await attempt.score(
      series(() => 1e6, 500, 300).map((each, index) => ({ ...each, timestampUs: 1.8e15 + index })),
    );
    expect(state).toEqual(kept);
    const again = detectorFactory.restore(kept);
    expect(await live.score(all.slice(700))).toEqual(await again.score(all.slice(700)));
  });

  it('stays sound for any finite values: every score is between 0 and 1', async () => {
    const check = async (all: readonly Observation[]) => {
      const scores = await detectorFactory.create().score(all);
      expect(scores).toHaveLength(all.length);
      expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
    };
    await fc.assert(fc.asyncProperty(anyValues, check), { numRuns: 100 });
    await fc.assert(fc.asyncProperty(readings, check), { numRuns: 60 });
  });

  it('still finds a spike after the largest and smallest doubles have been through', async () => {
    const numbers = random(4);
    const extremes = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0];
    const all = series(
      (_, index) => (index < 4 ? (extremes[index] ?? 0) : index === 11_000 ? 60 : 20 + numbers.normal()),
      11_001,
      300,
    );
    const scores = await detectorFactory.create().score(all);
    expect(scores.at(-1)).toBeGreaterThan(0.8);
    expect(Math.max(...scores.slice(0, -1))).toBeLessThan(0.5);
  });
});
