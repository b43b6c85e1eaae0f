import { Temporal } from 'temporal-polyfill';

import type { ReadOptions } from '../../../src/cli/import/read-options.js';
import { PLACE, readFixture, readText } from './read-file.js';

/** What each time of a file is read as. */
async function readTimes(times: readonly string[], options: ReadOptions = {}): Promise<string[]> {
  const rows = times.map((time) => `${time};1`).join('\n');
  const read = await readText(`time;value\n${rows}\n`, { ...PLACE, delimiter: ';', ...options });
  return read.map((row) => /^\d+ s z 1 (.*)/.exec(row)?.[1] ?? row.replace(/^\d+: column "time": /, ''));
}

describe('times that are numbers', () => {
  it('refuses a time that looks like another unit than the rest', async () => {
    expect(await readFixture('times-of-another-unit.csv')).toEqual([
      '2 s z 1 1769782718000000',
      '3: column "time": 1769782719000 looks like milliseconds, but the times of the file are seconds',
      '4: column "time": is a date, "2026-01-30 14:18:40", but the times before it are seconds since 1970',
      '5: column "time": 12345 is not without doubt a time in seconds since 1970, as others in the file are; if it is right, say --time-unit s',
      '6 s z 5 1769782721123456',
    ]);
  });

  it('knows the unit by the digits, and reads each exactly', async () => {
    expect(await readTimes(['1769782718.1234569'])).toEqual(['1769782718123456']);
    expect(await readTimes(['1769782718123.4'])).toEqual(['1769782718123400']);
    expect(await readTimes(['1769782718123457'])).toEqual(['1769782718123457']);
    expect(await readTimes(['1769782718123457999'])).toEqual(['1769782718123457']);
    expect(await readTimes(['100', '20260130'])).toEqual([
      expect.stringContaining('has no certain unit, 100: say --time-unit'),
      expect.stringContaining('has no certain unit, 20260130'),
    ]);
  });

  it('reads the unit that is named, and refuses what looks like another', async () => {
    expect(await readTimes(['500000000.5', '1769782718123'], { timeUnit: 's' })).toEqual([
      '500000000500000',
      '1769782718123 looks like milliseconds, but the times of the file are seconds',
    ]);
    expect(await readTimes(['1769782718', '-1'], { timeUnit: 'ms' })).toEqual([
      '1769782718 looks like seconds, but the times of the file are milliseconds',
      '-1000',
    ]);
    expect(await readTimes(['-1'], { timeUnit: 'ns' })).toEqual(['-1']);
    expect(await readTimes(['1.7e9', '0x10', ''], { timeUnit: 's' })).toEqual(
      ['1.7e9', '0x10', ''].map(
        (text) => `must be seconds since 1970, a number of at most 19 digits, got "${text}"`,
      ),
    );
  });
});

describe('times that are dates', () => {
  it('reads a date with the year first, in UTC unless it says its offset', async () => {
    expect(
      await readTimes([
        '2026-01-30T14:18:38.123456789Z',
        '2026-01-30 15:18:38,5+01:00',
        '2026-01-30 14:18:38 UTC',
        '2026/1/30 9:05',
        '2026-01-30',
        '2026-02-30',
        '2026-01-30 02:18:38 PM',
        '30.01.2026 14:00',
      ]),
    ).toEqual([
      '1769782718123456',
      '1769782718500000',
      '1769782718000000',
      '1769763900000000',
      '1769731200000000',
      expect.stringContaining('got "2026-02-30"'),
      expect.stringContaining('another form is read with --time-format'),
      'must be a date with the year first, as the rows before it, got "30.01.2026 14:00"',
    ]);
  });

  it('refuses a file whose dates could be read in two ways, and names the option', async () => {
    await expect(readTimes(['01/02/2026 10:00'])).rejects.toThrow(
      'The time "01/02/2026 10:00" can be read with the day or the month first: say which with --time-format',
    );
  });

  it('reads the format that is named, and nothing else', async () => {
    expect(
      await readTimes(['30.01.2026 14:18:38', '30.1.2026 14:18:38'], { timeFormat: 'dd.MM.yyyy HH:mm:ss' }),
    ).toEqual([
      '1769782718000000',
      'must be a time of the form dd.MM.yyyy HH:mm:ss, got "30.1.2026 14:18:38"',
    ]);
    expect(
      await readTimes(['1/30/26 02:18:38.25 PM', '1/30/26 12:00:00.0 am', '1/30/26 13:00:00.0 am'], {
        timeFormat: 'M/d/yy hh:mm:ss.S a',
      }),
    ).toEqual([
      '1769782718250000',
      '1769731200000000',
      expect.stringContaining('must be a time of the form'),
    ]);
    expect(await readTimes(['20260130T141838+0100'], { timeFormat: "yyyyMMdd'T'HHmmssX" })).toEqual([
      '1769779118000000',
    ]);
    expect(await readTimes(['30-Jan-2026'], { timeFormat: 'd-MMM-yyyy' })).toEqual(['1769731200000000']);
    for (const timeFormat of ['HH:mm', 'dd.MM.yyyy hh:mm', 'dd.MM.yyyy QQ', 'dd.MM.yyyy dd'])
      await expect(readTimes([], { timeFormat })).rejects.toThrow('--time-format');
  });

  it('joins a date and a time of day from two columns', async () => {
    const file = 'Date,Time,value\n2026-01-30,14:18:38,1\n,14:18:38,1\n';
    const rows = ['2 s z 1 1769782718000000', expect.stringContaining('got "14:18:38"')];
    expect(await readText(file)).toEqual(rows);
    const named = file.replace('Date,Time', 'day,clock time');
    expect(await readText(named, { ...PLACE, dateColumn: 'day', timeColumn: 'clock time' })).toEqual(rows);
  });
});

describe('local times', () => {
  const at = (text: string): string => String(Date.parse(text) * 1000);

  it('follow the summer time of their zone', async () => {
    const timeZone = 'Europe/Berlin';
    expect(
      await readTimes(
        ['2026-03-29 01:59:59.999999', '2026-03-29 02:00', '2026-03-29 02:59', '2026-03-29 03:00'],
        { timeZone },
      ),
    ).toEqual([
      '1774745999999999',
      '2026-03-29T02:00:00 does not exist in Europe/Berlin: the clock was put forward over it',
      '2026-03-29T02:59:00 does not exist in Europe/Berlin: the clock was put forward over it',
      at('2026-03-29T01:00Z'),
    ]);
    expect(await readTimes(['2026-07-01T12:00', '2026-12-01T12:00Z'], { timeZone })).toEqual([
      at('2026-07-01T10:00Z'),
      at('2026-12-01T12:00Z'),
    ]);
  });

  it('are as far from UTC as the zone was then', async () => {
    expect(await readTimes(['1985-12-31 12:00', '2026-01-01 12:00'], { timeZone: 'Asia/Kathmandu' })).toEqual(
      [at('1985-12-31T06:30Z'), at('2026-01-01T06:15Z')],
    );
    expect(
      await readTimes(['2011-12-29 12:00', '2011-12-30 12:00', '2011-12-31 12:00'], {
        timeZone: 'Pacific/Apia',
      }),
    ).toEqual([
      at('2011-12-29T22:00Z'),
      expect.stringContaining('does not exist in Pacific/Apia'),
      at('2011-12-30T22:00Z'),
    ]);
    expect(await readTimes(['2026-01-01 12:00'], { timeZone: '-03:30' })).toEqual([at('2026-01-01T15:30Z')]);
    await expect(readTimes([], { timeZone: 'Mars/Olympus' })).rejects.toThrow(
      '--time-zone Mars/Olympus is no time zone',
    );
  });

  const twice = (zone: string): unknown => expect.stringContaining(`comes twice in ${zone}`);

  it.each([
    ['Europe/Berlin', '2026-10-25', '02', '00:00'],
    ['America/New_York', '2026-11-01', '01', '05:00'],
  ])('that come twice in %s continue the rows of their sensor', async (timeZone, date, hour, from) => {
    const first = Date.parse(`${date}T${from}Z`);
    for (const minutes of [1, 10, 15, 30, 60]) {
      const steps = Array.from({ length: 360 / minutes }, (_, step) => step * minutes - 120);
      const shown = steps.map((minute) => {
        const wall = minute < 60 ? minute : minute - 60;
        return new Date(Date.parse(`${date}T${hour}:00Z`) + wall * 60_000).toISOString().slice(0, 16);
      });
      const expected = steps.map((minute) => String((first + minute * 60_000) * 1000));
      expect(await readTimes(shown, { timeZone })).toEqual(expected);
      expect(await readTimes(shown.toReversed(), { timeZone })).toEqual(expected.toReversed());
    }
  });

  it('that come twice are refused where the rows do not show which is meant', async () => {
    const timeZone = 'Europe/Berlin';
    expect(
      await readTimes(['2026-10-25 02:30', '2026-10-25 02:40', '2026-10-25 03:00'], { timeZone }),
    ).toEqual([twice(timeZone), twice(timeZone), at('2026-10-25T02:00Z')]);
    expect(
      await readTimes(['2026-10-24 22:00', '2026-10-25 02:30', '2026-10-25 02:00Z'], { timeZone }),
    ).toEqual([at('2026-10-24T20:00Z'), twice(timeZone), at('2026-10-25T02:00Z')]);
  });

  it.each([
    'Europe/Dublin',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Africa/Casablanca',
    'Asia/Gaza',
    'Pacific/Apia',
  ])('are never read as another time than the clock of %s showed', async (timeZone) => {
    const times: string[] = [];
    const expected: number[] = [];
    let change = Temporal.Instant.from('1996-01-01T00:00Z')
      .toZonedDateTimeISO(timeZone)
      .getTimeZoneTransition('next');
    for (; change && change.year < 2030; change = change.getTimeZoneTransition('next'))
      for (let minutes = -150; minutes <= 150; minutes += 10) {
        const at = change.add({ seconds: minutes * 60 + 7 });
        times.push(at.toPlainDateTime().toString());
        expected.push(at.epochMilliseconds * 1000);
      }
    const read = await readTimes(times, { timeZone });
    expect(read).toEqual(expected.map(String));
  });

  it('need a zone when the name of the column says that they are local', async () => {
    const row = '\n2026-01-30 14:18:38;1\n';
    await expect(readText(`Date-Time (CET);value${row}`)).rejects.toThrow('say --time-zone');
    expect(await readText(`Date-Time (CET);value${row}`, { ...PLACE, timeZone: 'Europe/Paris' })).toEqual([
      '2 s z 1 1769779118000000',
    ]);
    expect(await readText(`Time (UTC+1);value${row}`)).toEqual(['2 s z 1 1769779118000000']);
  });
});
