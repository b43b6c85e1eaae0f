import { gzipSync } from 'node:zlib';

import { PLACE, readText } from './read-file.js';

const ROW = '2026-07-01 14:18:38;1';
const UTC = Date.parse('2026-07-01T14:18:38Z') * 1000;

describe('the zone in the name of a time column', () => {
  it.each([
    ['Time (UTC+2)', -2],
    ['Time (UTC + 2)', -2],
    ['Timestamp (UTC+2, DST)', -2],
    ['Time (UTC+1 Berlin)', -1],
    ['Time (GMT+1 DST)', -1],
    ['Date/Time (GMT+2h)', -2],
    ['Time (UTC\u22125)', 5],
    ['Time, GMT+01:00 (LGR S/N: 123)', -1],
    ['Time, GMT-03:30', 3.5],
    ['Time (Asia/Tokyo)', -9],
    ['Time (UTC)', 0],
    ['time [yyyy-mm-dd hh:mm:ss]', 0],
  ])('is the one that it says: %s', async (name, hours) => {
    expect(await readText(`${name};value\n${ROW}\n`)).toEqual([`2 s z 1 ${UTC + hours * 3600e6}`]);
  });

  it.each([
    'Time (UTC 2)',
    'Time (London)',
    'Time (CST6CDT)',
    'Time (wall clock)',
    'ts (site)',
    'Local time',
    'Time CET',
    'Time (CEST)',
  ])('must be said when it is not certain: %s', async (name) => {
    const options = { ...PLACE, timeColumn: name };
    await expect(readText(`${name};value\n${ROW}\n`, options)).rejects.toThrow('say --time-zone');
    expect(await readText(`${name};value\n${ROW}\n`, { ...options, timeZone: 'UTC' })).toEqual([
      `2 s z 1 ${UTC}`,
    ]);
    const epoch = `${name};value\n1782915518;1\n`;
    expect(await readText(epoch, options)).toEqual([`2 s z 1 ${UTC}`]);
  });

  it('may stand in the name of the date', async () => {
    const read = (date: string, time: string): Promise<string[]> =>
      readText(`${date};${time};value\n2026-07-01;14:18:38;1\n`);
    expect(await read('Date (UTC+2)', 'Time')).toEqual([`2 s z 1 ${UTC - 2 * 3600e6}`]);
    await expect(read('Date (UTC+2)', 'Time (UTC+1)')).rejects.toThrow('say --time-zone');
    await expect(read('Date (Berlin)', 'Time')).rejects.toThrow('say --time-zone');
  });

  it('costs only the local times when some say their offset', async () => {
    const rows = ['time (CET);value', '2026-07-01T14:18:38Z;1', ROW, '2026-07-01T14:18:39Z;2'];
    expect(await readText(rows.join('\n'))).toEqual([
      `2 s z 1 ${UTC}`,
      expect.stringMatching(/^3: column "time \(CET\)": .*say --time-zone/),
      `4 s z 2 ${UTC + 1e6}`,
    ]);
  });
});

describe('a time that is not whole', () => {
  it('is refused when the time of day beside a date is empty', async () => {
    const text = 'Date;Time;value\n2026-07-01;14:18:38;1\n2026-07-02;;2\n;14:18:38;3\n';
    expect(await readText(text)).toEqual([
      `2 s z 1 ${UTC}`,
      '3: column "Time": is empty; it must hold a time',
      expect.stringMatching(/^4: column "Time": .*got "14:18:38"/),
    ]);
  });

  it('is refused at the end of a file that is cut off', async () => {
    const file = (last: string): string =>
      `value,time\n1,2026-07-01 14:18:38\n2,2026-07-01 14:18:39\n3,${last}`;
    const cut = /^4: column "time": .*is shorter than the times before, and nothing ends the line/;
    for (const last of ['2026-07-01 14:18', '2026-07-01 14:18:4', '2026-07-01'])
      expect((await readText(file(last))).at(-1)).toMatch(cut);
    expect((await readText(`${file('2026-07-01 14:18')}\n`)).at(-1)).toMatch(/^4 s z 3/);
    expect((await readText(file('2026-07-01 14:18:40'))).at(-1)).toBe(`4 s z 3 ${UTC + 2e6}`);
    const withZone = 'value,time\n1,2026-07-01T14:18:38.123Z\n2,2026-07-01T14:18:38Z';
    expect((await readText(withZone)).at(-1)).toBe(`3 s z 2 ${UTC}`);
  });

  it('in a file of one format is not another date: ten digits', async () => {
    for (const [time, problem] of [
      ['2607011418', 'can be seconds since 1970, or a date'],
      ['2026070114', 'can be seconds since 1970, or a date'],
    ])
      await expect(readText(`time,value\n${time},1\n`)).rejects.toThrow(problem);
    expect(await readText('time,value\n0782915518,1\n')).toEqual([
      expect.stringContaining('has no certain unit, 0782915518'),
    ]);
    expect(await readText('time,value\n1782915518,1\n')).toEqual([`2 s z 1 ${UTC}`]);
    expect(await readText('time,value\n2607011418,1\n', { ...PLACE, timeFormat: 'yyMMddHHmm' })).toEqual([
      `2 s z 1 ${UTC - 38e6}`,
    ]);
  });
});

describe('--time-format', () => {
  it.each([
    'yyyy-mm-dd HH:mm:ss',
    'yyyy-MM-dd HH:MM:ss',
    'dd.mm.yyyy',
    'yyyyMMdd HHMM:ss',
    'HH:mm dd.mm.yyyy',
  ])('tells months from minutes: %s', async (timeFormat) => {
    await expect(readText('time,value\n', { ...PLACE, timeFormat })).rejects.toThrow('--time-format');
  });

  it('takes as many digits of the fraction as it has letters', async () => {
    const read = (timeFormat: string, time: string): Promise<string[]> =>
      readText(`time,value\n${time},1\n`, { ...PLACE, timeFormat });
    expect(await read('yyyyMMddHHmmssSSS', '20260701141838123')).toEqual([`2 s z 1 ${UTC + 123_000}`]);
    expect((await read('yyyyMMddHHmmssSSS', '2026070114183812'))[0]).toMatch('must be a time of the form');
    expect(await read('yyyy-MM-dd HH:mm:ss.S', '2026-07-01 14:18:38.1234')).toEqual([
      `2 s z 1 ${UTC + 123_400}`,
    ]);
  });
});

describe('the unit of a time', () => {
  it('is not taken from a name that ends by chance like one', async () => {
    const options = { ...PLACE, timeColumn: 'rooms' };
    expect(await readText('rooms,value\n1782915518,1\n', options)).toEqual([`2 s z 1 ${UTC}`]);
  });
});

describe('a gzip file that is cut off', () => {
  it('gives the rows before, be they few or many', async () => {
    for (const count of [100, 20_000]) {
      const rows = Array.from(
        { length: count },
        (_, at) => `${new Date(UTC / 1000 + at * 1000).toISOString()},${Math.sin(at)}`,
      );
      const packed = gzipSync(`time,value\n${rows.join('\n')}\n`);
      const read: string[] = [];
      await expect(
        readText(packed.subarray(0, packed.length - 400), PLACE, 'cut.csv.gz', read),
      ).rejects.toThrow('the gzip file is cut off');
      expect(read.length).toBeGreaterThan(count / 2);
    }
  });
});

describe('NDJSON', () => {
  const at = (second: number): string => new Date(UTC / 1000 + second * 1000).toISOString();
  const line = (object: object, second: number): string =>
    JSON.stringify({ ...object, value: second, timestamp: at(second) });

  it('refuses a line with a field twice', async () => {
    const rows = [
      `{"value":1,"value":2,"timestamp":"${at(0)}"}`,
      `{"value":1,"x":{"value":3},"y":["value"],"z":"\\"value\\":","timestamp":"${at(0)}"}`,
    ];
    expect(await readText(rows.join('\n'), PLACE, 'a.ndjson')).toEqual([
      '1: field "value": stands in the object more than once',
      `2 s z 1 ${UTC}`,
    ]);
  });

  it('does not make one sensor of several, and reads on behind a line with its own name', async () => {
    const rows = [line({}, 0), line({ sensorId: 'a' }, 1), line({}, 2)];
    expect(await readText(rows.join('\n'), PLACE, 'a.ndjson')).toEqual([
      `1 s z 0 ${UTC}`,
      expect.stringMatching(/^2: The field "sensorId" names the sensor of each row/),
      `3 s z 2 ${UTC + 2e6}`,
    ]);
    const named = ['a', 'a', 'b'].map((name, second) => line({ entity_id: name }, second)).join('\n');
    expect(await readText(named, PLACE, 'a.ndjson')).toEqual([
      `1 s z 0 ${UTC}`,
      `2 s z 1 ${UTC + 1e6}`,
      expect.stringMatching(/^3: field "entity_id": "b" is not "a" as in earlier rows/),
    ]);
    const options = { zone: 'z', sensorColumn: 'entity_id' };
    expect(await readText(named, options, 'a.ndjson')).toHaveLength(3);
  });
});

describe('the beginning of a file', () => {
  it('may be a name in brackets', async () => {
    expect(
      await readText(`[time];[value]\n${ROW}\n`, { ...PLACE, timeColumn: '[time]', valueColumn: '[value]' }),
    ).toEqual([`2 s z 1 ${UTC}`]);
    await expect(readText('[ {"value":1}]')).rejects.toThrow('The file is a JSON array');
  });

  it('with many NUL bytes is damaged, and UTF-16 only when every other byte is one', async () => {
    await expect(readText(`time\0\0\0\0\0\0\0\0\0;value\n${ROW}\n`)).rejects.toThrow('has NUL bytes');
    await expect(readText(Buffer.from(`time;value\n${ROW}\n`, 'utf16le'))).rejects.toThrow(
      'looks like UTF-16 without a byte-order mark',
    );
  });
});
