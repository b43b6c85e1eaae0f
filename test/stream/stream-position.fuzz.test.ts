import fc from 'fast-check';

import { fromStreamId, toStreamId } from '../../src/stream/stream-position.js';

const identity = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789abcdefz')),
  minLength: 1,
  maxLength: 64,
});
const place = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe('the id of a stream message', () => {
  it('decodes to the position it was made from, and to none in another journal', () => {
    fc.assert(
      fc.property(identity, place, place, (of, reading, event) => {
        const id = toStreamId(of, { reading, event });
        expect(fromStreamId(of, id)).toEqual({ reading, event });
        expect(fromStreamId(`${of}x`, id)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('decodes to a position in whole numbers, or to none, whatever its text', () => {
    const part = fc.string({ unit: fc.constantFrom(...Array.from('09az-AZ \n')), maxLength: 14 });
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(part, part).map(([reading, event]) => `abc-${reading}-${event}`),
    );
    fc.assert(
      fc.property(text, (id) => {
        const { reading = 0, event = 0 } = fromStreamId('abc', id) ?? {};
        expect([reading, event].every((one) => Number.isSafeInteger(one) && one >= 0)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
