import { boundsOf, parseMoment, timeRange } from '../../src/model/time-range.js';

const NOW_US = 1_769_731_200_000_000;
const HOUR_US = 3_600_000_000;

describe('a moment', () => {
  it.each([
    ['2026-01-30T00:00:00Z', NOW_US],
    ['1769731200000', NOW_US],
    [1_769_731_200_000, NOW_US],
    ['-1h', NOW_US - HOUR_US],
    ['-90m', NOW_US - 1.5 * HOUR_US],
    ['-0.5h', NOW_US - 0.5 * HOUR_US],
    ['-1ms', NOW_US - 1_000],
    // A number is milliseconds since the epoch, whatever its sign.
    ['-1000', -1_000_000],
    ['-24', -24_000],
  ])('%p is accepted', (text, timestampUs) => {
    expect(parseMoment(text, NOW_US)).toBe(timestampUs);
  });

  it.each([
    '',
    'now',
    '-1y',
    '--1h',
    '- 1h',
    '1h',
    '-1h30m',
    '-99999999999999999w',
    '2026-01-30',
    null,
    {},
    true,
  ])('%p is refused', (text) => {
    expect(parseMoment(text, NOW_US)).toBeUndefined();
  });
});

describe('a range', () => {
  it('is the 24 hours up to now, or up to its end', () => {
    expect(timeRange(undefined, undefined, NOW_US)).toEqual({ fromUs: NOW_US - 24 * HOUR_US, toUs: NOW_US });
    expect(timeRange(undefined, '-1h', NOW_US)).toEqual({
      fromUs: NOW_US - 25 * HOUR_US,
      toUs: NOW_US - HOUR_US,
    });
    expect(timeRange('-1h', undefined, NOW_US)).toEqual({ fromUs: NOW_US - HOUR_US, toUs: NOW_US });
  });

  it('may be empty, but must not end before it begins', () => {
    expect(timeRange('-1h', '-1h', NOW_US)).toEqual({ fromUs: NOW_US - HOUR_US, toUs: NOW_US - HOUR_US });
    expect(() => timeRange('-1h', '-2h', NOW_US)).toThrow(
      'from must not be after to, got from 2026-01-29T23:00:00Z and to 2026-01-29T22:00:00Z',
    );
    expect(() => timeRange('2026-02-01T00:00:00Z', undefined, NOW_US)).toThrow('from must not be after to');
  });

  it('without defaults is open on a side without a parameter', () => {
    expect(boundsOf(undefined, undefined)).toEqual({});
    expect(boundsOf('1970-01-01T00:00:01Z', undefined)).toEqual({ fromUs: 1_000_000 });
    expect(() => boundsOf('-1h', '-2h')).toThrow('from must not be after to');
  });
});
