import { PLACE, readText } from './read-file.js';

const US = 1_769_782_718_000_000;
const at = (second: number): string => `2026-01-30T14:18:${38 + second}Z`;
const us = (second: number): number => US + second * 1e6;

describe('rows that begin with #', () => {
  it('are rows when they have the cells of one, and comments otherwise', async () => {
    const text = `sensorId,zone,value,time\n#1,z,1,${at(0)}\n# a pause\n"#2",z,2,${at(1)}\n`;
    expect(await readText(text, {})).toEqual([`2 #1 z 1 ${us(0)}`, `4 #2 z 2 ${us(1)}`]);
    expect(await readText(text, { comment: '#' })).toEqual([`4 #2 z 2 ${us(1)}`]);
  });
});

describe('rows of several sensors', () => {
  const rows = `a,${at(0)},1\na,${at(1)},2\nb,${at(2)},3\n`;

  it.each(['itemid', 'Series', 'name', 'metric', 'tag', 'parameter', 'channel', 'topic', 'variable', 'id'])(
    'do not become one by --sensor beside the column %s',
    async (name) => {
      expect(await readText(`${name},time,value\n${rows}`)).toEqual([
        `2 s z 1 ${us(0)}`,
        `3 s z 2 ${us(1)}`,
        `4: column "${name}": "b" is not "a" as in earlier rows of this sensor, and the two would become one sensor: say --sensor-column "${name}", or --sensor-column "" if it does not tell sensors apart`,
      ]);
      expect(await readText(`${name},time,value\n${rows}`, { ...PLACE, sensorColumn: '' })).toHaveLength(3);
    },
  );

  it.each(['device', 'Device name', 'location', 'room', 'Raum'])(
    'are not passed over because of a constant beside the column %s',
    async (name) => {
      await expect(readText(`${name},time,value\n${rows}`)).rejects.toThrow(
        'names one for all: leave out --',
      );
    },
  );

  it('with a device and a channel do not become one', async () => {
    const read = (options: object): Promise<string[]> =>
      readText(`device_id,channel,time,value\nd,1,${at(0)},1\ne,2,${at(0)},2\nd,2,${at(0)},3\n`, {
        zone: 'z',
        ...options,
      });
    expect(await read({})).toEqual([
      `2 d z 1 ${us(0)}`,
      `3 e z 2 ${us(0)}`,
      expect.stringMatching(/^4: column "channel": "2" is not "1"/),
    ]);
    expect(await read({ sensorColumn: 'device_id' })).toHaveLength(3);
  });

  it('in annotated CSV do not become one when they differ in a tag', async () => {
    const header = ',result,table,_time,_value,_field,_measurement,host,cpu';
    const row = (second: number, host: string, cpu: string): string =>
      `,,0,${at(second)},1,value,m,${host},${cpu}`;
    const table = [header, row(0, 'a', 'cpu0'), row(1, 'b', 'cpu1'), row(2, 'a', 'cpu1'), ''].join('\n');
    const options = { sensorColumn: 'host', zone: 'z' };
    const expected = [
      `2 a z 1 ${us(0)}`,
      `3 b z 1 ${us(1)}`,
      expect.stringMatching(/^4: column "cpu": "cpu1" is not "cpu0".*say --sensor-column "cpu"/),
    ];
    expect(await readText(table, options)).toEqual(expected);
    const group = '#group,false,false,false,false,true,true,true,true\n';
    const pivoted = ',result,table,_time,value,host,cpu\n,,0,TIME,1,a,cpu0\n,,0,TIME,2,a,cpu1\n';
    expect(await readText(`${group}#datatype,string\n${table}`, options)).toHaveLength(3);
    expect(
      await readText(
        `#group,false,false,false,false,true,true\n${pivoted.replaceAll('TIME', at(0))}`,
        options,
      ),
    ).toEqual([`3 a z 1 ${us(0)}`, expect.stringMatching(/^4: column "cpu"/)]);
    const later = [header.replace(',cpu', ''), row(3, 'a', '').slice(0, -1), ''].join('\n');
    expect((await readText(`${table}\n${later}`, options)).at(-1)).toMatch(
      /^7: column "cpu": "" is not "cpu0"/,
    );
  });
});

describe('a header in the middle', () => {
  it('with other columns ends the rows that are read, until the known one comes again', async () => {
    const rows = [
      `time,value,other`,
      `${at(0)},1,2`,
      'time,other,value',
      `${at(1)},3,4`,
      '"time",value,other',
    ];
    expect(await readText([...rows, `${at(2)},5,6`].join('\n'))).toEqual([
      `2 s z 1 ${us(0)}`,
      expect.stringMatching(/^3: the row is a header with other columns/),
      '4: the row belongs to the other header in line 3',
      `6 s z 5 ${us(2)}`,
    ]);
  });

  it('of annotated CSV needs no empty line before it', async () => {
    const table = (names: string, cells: string): string =>
      `,result,table,_time,${names}\n,,0,${at(0)},${cells}\n`;
    expect(
      await readText(table('value,latency_ms', '1,2') + table('latency_ms,value', '3,4'), {
        ...PLACE,
        format: 'annotated',
      }),
    ).toEqual([`2 s z 1 ${us(0)} 2`, `4 s z 4 ${us(0)} 3`]);
  });
});

describe('a part of the time in a column of its own', () => {
  it.each([
    ['Date,Hour,Value', '2026-01-30,14,1'],
    ['time,ms,value', '2026-01-30 14:18:38,123,1'],
    ['Datum;Stunde;Wert', '2026-01-30;14;1'],
    ['time,Milliseconds,a,b', '2026-01-30 14:18:38,123,1,2'],
  ])('is not lost: %s', async (header, row) => {
    const options = header.endsWith('b') ? { zone: 'z', wide: true } : PLACE;
    await expect(readText(`${header}\n${row}\n`, options)).rejects.toThrow(
      'has a part of the time, which would be lost: name the time of day with --time-column',
    );
  });

  it('is read, or passed over, when the options say so', async () => {
    const text = 'Date,Hour,Value\n2026-01-30,14,1\n';
    const options = { ...PLACE, dateColumn: 'Date', timeColumn: 'Hour', timeFormat: 'yyyy-MM-dd H' };
    expect(await readText(text, options)).toEqual(['2 s z 1 1769781600000000']);
    expect(await readText(text, { ...PLACE, timeColumn: 'Date' })).toEqual(['2 s z 1 1769731200000000']);
  });
});

describe('a decimal comma between commas', () => {
  it('is read in quotes alone', async () => {
    const rows = [
      'time,value,latencyMs,note',
      `${at(0)},21,5,"a"`,
      `${at(0)},"21,5",,x`,
      `${at(0)},"1","2,5",`,
    ];
    expect(await readText(rows.join('\n'), { ...PLACE, decimal: ',' })).toEqual([
      expect.stringMatching(/^2: column "value": has no quotes/),
      `3 s z 21.5 ${us(0)}`,
      `4 s z 1 ${us(0)} 2.5`,
    ]);
  });
});
