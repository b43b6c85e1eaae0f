import fc from 'fast-check';

import { formatTimestamp, parseTimestamp, parseTimestampText } from '../../src/model/timestamp.js';

describe('parseTimestamp', () => {
  it.each([
    ['2026-01-30T14:18:38.123456Z', 1_769_782_718_123_456],
    ['2026-01-30T14:18:38Z', 1_769_782_718_000_000],
    ['2026-01-30t14:18:38z', 1_769_782_718_000_000],
    ['2026-01-30 14:18:38Z', 1_769_782_718_000_000],
    ['2026-01-30T14:18:38.1Z', 1_769_782_718_100_000],
    ['2026-01-30T14:18:38.123456789Z', 1_769_782_718_123_456],
    ['2026-01-30T14:18:38.0000019Z', 1_769_782_718_000_001],
    ['2026-01-30T15:18:38+01:00', 1_769_782_718_000_000],
    ['2026-01-30T09:48:38-04:30', 1_769_782_718_000_000],
    ['2016-12-31T23:59:60Z', 1_483_228_800_000_000],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
    [1_769_782_718_123, 1_769_782_718_123_000],
    [1_769_782_718_123.456, 1_769_782_718_123_456],
    [0, 0],
  ])('reads %j', (input, timestampUs) => {
    expect(parseTimestamp(input)).toBe(timestampUs);
  });

  it.each([
    '',
    'yesterday',
    '2026-01-30',
    '2026-01-30T14:18:38',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-30T24:00:00Z',
    '2026-01-30T14:60:00Z',
    '2026-01-30T14:18:61Z',
    '2026-01-30T14:18:38+24:00',
    '2026-01-30T14:18:38+01:60',
    '2026-01-30T14:18:38+0100',
    '2026-01-30T14:18:38+01:00Z',
    '2026-01-30T14:18:38.Z',
    '2026-01-30T14:18:38.5',
    '2026-01-30T14:18:38Z\n',
    '2026-1-30T14:18:38Z',
    '2026/01/30T14:18:38Z',
    '2026-01-30_14:18:38Z',
    '2026-01-30T14.18:38Z',
    '2026-01-30T14:18:3\u0668Z',
    ' 2026-01-30T14:18:38Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '1769782718123',
    NaN,
    Infinity,
    1e300,
    null,
    undefined,
    true,
    [],
    {},
  ])('refuses %j as a timestamp', (input) => {
    expect(parseTimestamp(input)).toBeUndefined();
  });
});

describe('parseTimestampText', () => {
  it('reads digits as milliseconds, for query strings', () => {
    expect(parseTimestampText('1769782718123')).toBe(1_769_782_718_123_000);
    expect(parseTimestampText('-1')).toBe(-1_000);
    expect(parseTimestampText('1e3')).toBeUndefined();
  });
});

describe('formatTimestamp', () => {
  it.each([
    [1_769_782_718_123_456, '2026-01-30T14:18:38.123456Z'],
    [1_769_782_718_000_000, '2026-01-30T14:18:38Z'],
    [1_769_782_718_500_000, '2026-01-30T14:18:38.5Z'],
    [1_769_782_718_000_001, '2026-01-30T14:18:38.000001Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
  ])('writes %d with as many digits as needed', (timestampUs, text) => {
    expect(formatTimestamp(timestampUs)).toBe(text);
  });

  it('is parsed back to the same time, whichever time it is', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (timestampUs) => {
        const text = formatTimestamp(timestampUs);
        expect(parseTimestamp(text)).toBe(timestampUs);
        expect(text.slice(0, 19)).toBe(
          new Date(Math.floor(timestampUs / 1e6) * 1000).toISOString().slice(0, 19),
        );
      }),
    );
  });
});
