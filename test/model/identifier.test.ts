import fc from 'fast-check';

import {
  hasInvisible,
  isIdentifier,
  isNewIdentifier,
  NEW_IDENTIFIER_SCHEMA,
} from '../../src/model/identifier.js';

describe('isIdentifier', () => {
  it.each(['a', 'sensor_001', 'a b', '"quoted"', 'ä', '🌡️', 'a/b', 'x'.repeat(128), '🌡'.repeat(128)])(
    'accepts %j',
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
  ])('refuses %j', (value) => {
    expect(isIdentifier(value)).toBe(false);
  });

  it('accepts only what UTF-8 can carry unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 130 }), (value) => {
        if (isIdentifier(value)) expect(Buffer.from(value).toString()).toBe(value);
      }),
    );
  });
});

describe('a new name', () => {
  const INVISIBLE =
    '\u00ad \u034f \u061c \u115f \u180e \u200b \u200c \u200d \u200e \u200f \u202a \u202e \u2060 \u2064 \u2066 \u2069 \u206f \u3164 \ufeff \ufff9 \ufffb \ufe0f \u{e0001} \u{e0041} \u{e007f} \u{e0100}';

  it.each(INVISIBLE.split(' '))(
    'is refused with the invisible %j within letters, and old names keep it',
    (hidden) => {
      expect(isNewIdentifier(`pump${hidden}1`)).toBe(false);
      expect(isIdentifier(`pump${hidden}1`)).toBe(true);
      if (hidden <= '\uffff' && hidden.length === 1)
        expect(new RegExp(NEW_IDENTIFIER_SCHEMA.pattern).test(`pump${hidden}1`)).toBe(false);
    },
  );

  it.each([
    'pump 1',
    'Größe',
    'می\u200cخواهم',
    'क्\u200dष',
    '👩\u200d🏭',
    '☀\ufe0f',
    '1\ufe0f\u20e3',
    '١٢٣',
    'מד חום',
  ])('is accepted as %j, where the script needs it', (name) => {
    expect(isNewIdentifier(name)).toBe(true);
  });

  it('is accepted wherever the OpenAPI pattern matches', () => {
    const pattern = new RegExp(NEW_IDENTIFIER_SCHEMA.pattern, 'u');
    const unit = fc.oneof(
      fc.constantFrom(...INVISIBLE.split(' '), 'a', 'ä', ' '),
      fc.string({ unit: 'binary', maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 8 }), (text) => {
        if (pattern.test(text) && !/[\p{Surrogate}\u{10000}-\u{10ffff}]/u.test(text))
          expect(isNewIdentifier(text)).toBe(true);
        const cannotBeSeen = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
        if (!hasInvisible(text))
          expect(text.replace(/[\u200c\u200d\ufe0e\ufe0f]/gu, '')).not.toMatch(cannotBeSeen);
      }),
      { numRuns: 5_000 },
    );
  });
});
