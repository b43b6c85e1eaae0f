import fc from 'fast-check';

import { formatDuration, parseDuration } from '../../src/common/config/duration.js';
import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { formatIdentifierList, parseIdentifierList } from '../../src/model/identifier-list.js';
import { IDENTIFIER_SCHEMA, isIdentifier } from '../../src/model/identifier.js';
import { PRECISIONS } from '../../src/model/precision.js';
import { boundsOf, parseMoment, timeRange } from '../../src/model/time-range.js';
import { TIME_SCHEMA } from '../../src/model/timestamp.decorator.js';
import { formatTimestamp, parseTimestamp, parseTimestampText } from '../../src/model/timestamp.js';
import { parseBucketSize } from '../../src/readings/bucket-size.js';

const NOW_US = 1_769_731_200_000_000;
const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789.:-+TZz eE')), maxLength: 40 });
const nearlyTime = fc
  .tuple(
    fc.integer({ min: 0, max: 9999 }),
    fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 5, maxLength: 5 }),
    digits,
  )
  .map(([year, rest, end]) => {
    const [month, day, hour, minute, second] = rest.map((part) => String(part).padStart(2, '0'));
    return `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}${end}`;
  });
const nearlyDuration = fc
  .tuple(fc.constantFrom('', '-', '--'), digits, fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w', '', 'y'))
  .map((parts) => parts.join(''));
const anything = fc.oneof(
  fc.anything(),
  fc.string({ unit: 'binary' }),
  digits,
  nearlyTime,
  nearlyDuration,
  fc.double(),
);

describe('times, whatever comes', () => {
  it('are whole microseconds or refused', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const parsed = [
          ...PRECISIONS.map((precision) => parseTimestamp(input, precision)),
          parseTimestampText(input),
          parseMoment(input, NOW_US),
        ];
        expect(parsed.every((timestampUs) => Number.isSafeInteger(timestampUs ?? 0))).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  it('are written as the OpenAPI document says, except for the years at both ends', () => {
    const pattern = new RegExp(TIME_SCHEMA.pattern, 'u');
    const DAY_US = 86_400_000_000;
    const [first = 0, end = 0] = ['1685-01-01T00:00:00Z', '2255-01-01T00:00:00Z'].map((text) =>
      parseTimestamp(text),
    );
    fc.assert(
      fc.property(fc.integer({ min: first, max: end - 1 }), (timestampUs) => {
        expect(formatTimestamp(timestampUs)).toMatch(pattern);
      }),
    );
    for (const outside of [first - 1, end]) expect(formatTimestamp(outside)).not.toMatch(pattern);
    expect(first - Number.MIN_SAFE_INTEGER).toBeLessThan(366 * DAY_US);
  });

  it('make ranges that are in order, or are refused', () => {
    const bound = fc.oneof(
      fc.constant(undefined),
      nearlyTime,
      nearlyDuration,
      fc.maxSafeInteger().map(formatTimestamp),
    );
    fc.assert(
      fc.property(bound, bound, (from, to) => {
        for (const range of [timeRange, boundsOf]) {
          try {
            const { fromUs = -Infinity, toUs = Infinity } = range(from, to);
            expect(fromUs).toBeLessThanOrEqual(toUs);
          } catch (error) {
            if (!(error instanceof GatewayError)) throw error;
            expect(error.code).toBe('INVALID_PARAMETER');
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('durations, whatever comes', () => {
  it('are a finite number of milliseconds or none', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyDuration, fc.string()), (text) => {
        const durationMs = parseDuration(text) ?? 0;
        expect(Number.isFinite(durationMs) && durationMs >= 0).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });

  it('are the length of a bucket in whole microseconds, at least 1 ms, or none', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const everyUs = parseBucketSize(input) ?? 1_000;
        expect(Number.isSafeInteger(everyUs) && everyUs >= 1_000).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('names, whatever comes', () => {
  it('are accepted exactly where the OpenAPI pattern matches', () => {
    const pattern = new RegExp(IDENTIFIER_SCHEMA.pattern, 'u');
    const hard = fc.constantFrom(
      ' ',
      '\u00a0',
      '\ufeff',
      '\u2028',
      '\\',
      '\n',
      '\u0085',
      '🌡',
      'a',
      ',',
      '/',
      '.',
    );
    const name = fc.oneof(
      fc.string({ unit: hard, maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 140 }),
      fc.string({ unit: 'grapheme', minLength: 126, maxLength: 130 }),
    );
    fc.assert(
      fc.property(name, (text) => {
        const length = Array.from(text).length;
        const described =
          length >= IDENTIFIER_SCHEMA.minLength &&
          length <= IDENTIFIER_SCHEMA.maxLength &&
          pattern.test(text);
        // JSON Schema does not know lone surrogates.
        expect(isIdentifier(text)).toBe(described && !/\p{Surrogate}/u.test(text));
      }),
      { numRuns: 10_000 },
    );
  });

  it('in lists are read back as they were written', () => {
    const identifier = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isIdentifier);
    fc.assert(
      fc.property(fc.uniqueArray(identifier, { minLength: 1 }), (names) => {
        expect(parseIdentifierList(formatIdentifierList(names))).toEqual(names);
      }),
      { numRuns: 1_000 },
    );
  });
});
