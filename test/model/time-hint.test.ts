import { hintForTime } from '../../src/model/time-hint.js';

describe('a text that is nearly a time', () => {
  it.each([
    ['2026-01-30T14:18:38', 'no time zone: end it with Z for UTC, or with an offset such as +01:00'],
    ['2026-01-30 14:18:38.123456', 'no time zone'],
    ['2026-01-30T14:18', 'no time zone'],
    ['2026-01-30', 'only a date'],
    ['2026-01-30T14:18:38 01:00', 'send it as %2B'],
    ['2026-01-30T14:18:38 0100', 'send it as %2B'],
    ['2026-01-30T14:18 01', 'send it as %2B'],
    ['2026-01-30 14:18:38 +0100', 'space before its time zone'],
    ['2026-01-30 14:18:38 UTC', 'names its time zone'],
    ['2026-01-30T14:18:38 Europe/Berlin', 'names its time zone'],
    ['2026-01-30T14:18+01:00[Europe/Berlin]', 'leave out the brackets'],
    [' 2026-01-30T14:18:38Z', 'a space at its start or end'],
    ['2026-01-30T14:18:38Z\n', 'a space at its start or end'],
    ['2026-01-30T24:00:00Z', 'hours end at 23'],
    ['2026-01-30T14:18:38,123Z', 'write a point'],
    ['0001-01-01T00:00:00Z', 'outside of the years 1685 to 2254'],
    ['9999-12-31T23:59:59.999+01:00', 'outside of the years 1685 to 2254'],
  ])('%j is explained', (text, hint) => {
    expect(hintForTime(text)).toContain(hint);
  });

  it.each(['', 'yesterday', '2025-02-29T00:00:00Z', '2026-01-30 02:18:38 PM', '30.01.2026', null, 7])(
    '%j is not explained, because nothing shows the mistake',
    (text) => {
      expect(hintForTime(text)).toBeUndefined();
    },
  );
});
