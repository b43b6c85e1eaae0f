import fc from 'fast-check';

import { roundMean } from '../../src/model/bucket.js';

/** The same, computed with the number's text. */
function roundedByText(min: number, max: number, mean: number): number {
  const exponent = (value: number): number => Number(value.toExponential().split('e')[1]);
  const digits = 12 + exponent(mean) - exponent(Math.max(Math.abs(min), Math.abs(max)));
  const rounded = digits < 1 ? 0 : Number(mean.toPrecision(Math.min(digits, 12)));
  return Math.min(max, Math.max(min, rounded));
}

describe('roundMean', () => {
  it('keeps twelve digits of the largest value, also near powers of ten', () => {
    const power = fc.integer({ min: -323, max: 308 }).map((exponent) => Number(`1e${exponent}`));
    const nearPower = fc
      .tuple(power, fc.constantFrom(-1, 0, 1))
      .map(([value, ulps]) => value * (1 + ulps * Number.EPSILON));
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), nearPower, fc.constant(0));
    fc.assert(
      fc.property(value, value, value, (...values) => {
        const [min, mean, max] = values.sort((a, b) => a - b);
        expect(roundMean({ min, max, mean })).toBe(roundedByText(min, max, mean));
      }),
      { numRuns: 5_000 },
    );
  });
});
