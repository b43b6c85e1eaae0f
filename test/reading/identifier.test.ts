import fc from 'fast-check';

import { isIdentifier } from '../../src/reading/identifier.js';

describe('isIdentifier', () => {
  it.each(['a', 'sensor_001', 'a b', '"quoted"', 'ä', '🌡️', 'a/b', 'x'.repeat(128), '🌡'.repeat(128)])(
    'takes %j',
    (value) => {
      expect(isIdentifier(value)).toBe(true);
    },
  );

  it.each([
    '',
    ' a',
    'a ',
    '\u00a0a',
    'a\nb',
    'a\tb',
    'a\u0000b',
    'a\u007fb',
    'a\u0085b',
    'a\\b',
    'a\\',
    'a\ud800',
    '\udc00a',
    'x'.repeat(129),
    '🌡'.repeat(129),
    42,
    null,
    undefined,
    ['a'],
    {},
  ])('does not take %j', (value) => {
    expect(isIdentifier(value)).toBe(false);
  });

  it('takes only what survives the way through UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 130 }), (value) => {
        if (isIdentifier(value)) expect(Buffer.from(value).toString()).toBe(value);
      }),
    );
  });
});
