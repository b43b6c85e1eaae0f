import fc from 'fast-check';

import { SentTimes } from '../../src/ingest/sent-times.js';
import { meaningOf, meaningOfDate } from '../../src/ingest/timestamp-meaning.js';
import { type Precision, PRECISIONS, US_PER_UNIT } from '../../src/model/precision.js';

const NOW_S = Date.UTC(2026, 10, 28) / 1000;
const DAY_S = 86_400;

function meaning(count: number, precision: Precision = 'ms', format: SentTimes['format'] = 'JSON'): unknown {
  return meaningOf(count, new SentTimes(precision, format), { nowUs: NOW_S * 1e6 });
}

describe('a refused timestamp', () => {
  it.each<[string, number, Precision, string]>([
    ['seconds', NOW_S, 'ms', 'looks like seconds: add ?precision=s, or send RFC 3339'],
    ['seconds', NOW_S - 360 * DAY_S, 'us', 'looks like seconds: use ?precision=s, or send RFC 3339'],
    ['milliseconds', NOW_S * 1e3, 'us', 'looks like milliseconds: use ?precision=ms'],
    ['milliseconds', NOW_S * 1e3, 's', 'looks like milliseconds: use ?precision=ms'],
    ['microseconds', NOW_S * 1e6, 'ms', 'looks like microseconds: add ?precision=us'],
    [
      'nanoseconds',
      NOW_S * 1e9,
      'ms',
      'looks like nanoseconds: add ?precision=ns and send the digits in quotes',
    ],
    [
      'seconds since 2000',
      NOW_S - 946_684_800,
      'ms',
      'since 2000, as MicroPython counts: add 946684800 and send ?precision=s',
    ],
    ['seconds since 2000', NOW_S - 946_684_800, 's', 'since 2000, as MicroPython counts: add 946684800'],
    ['seconds since 1900', NOW_S + 2_208_988_800, 's', 'as NTP counts: subtract 2208988800'],
    ['milliseconds since the start', 3_600_000, 'ms', 'time since the device started'],
    ['seconds since the start', 3_600, 's', 'time since the device started'],
    ['no clock at all', 0, 'ms', 'leave the timestamp out, and the gateway stamps'],
    ['seconds of some years ago', 1_400_000_000, 'ms', 'may be seconds (then add ?precision=s'],
    ['microseconds of some years ago', 1_400_000_000_000_000, 'ms', 'looks like microseconds'],
  ])('of %s is recognized: %d in %s', (_, count, precision, hint) => {
    expect(meaning(count, precision)).toContain(hint);
  });

  it.each<[number, Precision]>([
    [-1, 'ms'],
    [-1_700_000_000, 'ms'],
    [NOW_S * 1e3 + 90 * 60_000, 'ms'],
    [5e12, 'ms'],
    [1e300, 'ms'],
    [Infinity, 'ms'],
    [31_622_400, 's'],
  ])('%d in %s is not explained, because nothing shows what was meant', (count, precision) => {
    expect(meaning(count, precision)).toBeUndefined();
  });

  it('of a date is explained only when the clock was never set', () => {
    expect(meaningOfDate(NOW_S * 1_000)).toContain('a clock that was never set');
    expect(meaningOfDate(-1)).toBeUndefined();
    expect(meaningOfDate(5e15)).toBeUndefined();
  });

  it('is not compared with the clock of a gateway that is not set', () => {
    expect(meaningOf(1_000, new SentTimes('ms'), { nowUs: 1_000e6 })).toContain(
      'time since the device started',
    );
    expect(meaningOf(NOW_S * 1e6, new SentTimes('ms'), { nowUs: 1_000e6 })).toBeUndefined();
  });

  it('in any unit near to now is recognized under any other', () => {
    fc.assert(
      fc.property(
        fc.double({ min: NOW_S - 360 * DAY_S, max: NOW_S + DAY_S / 2, noNaN: true }),
        fc.constantFrom(...PRECISIONS),
        fc.constantFrom(...PRECISIONS),
        (seconds, unit, precision) => {
          fc.pre(unit !== precision);
          const count = Math.floor((seconds * 1e6) / US_PER_UNIT[unit]);
          expect(meaning(count, precision, 'line protocol')).toMatch(
            new RegExp(`: write with precision=${unit}$`),
          );
        },
      ),
    );
  });
});
