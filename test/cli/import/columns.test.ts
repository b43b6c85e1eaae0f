import type { ReadOptions } from '../../../src/cli/import/read-options.js';
import { readFixture, readText } from './read-file.js';

const TIME = '2026-01-30T14:18:38Z';
const US = '1769782718000000';

/** The rows of a file with this header and one row. */
function readRow(header: string, row: string, options: ReadOptions = {}): Promise<string[]> {
  return readText(`${header}\n${row.replace('TIME', TIME)}\n`, options);
}

const PLACE = { sensor: 's', zone: 'z' };

describe('the columns of a CSV file', () => {
  it("are those of the gateway's own export", async () => {
    const rows = ['boiler, left hall_1 21.5 1769782718123456 12', 'fan hall_2 -3.25e-7 1769782719000000'];
    expect(await readFixture('own-export.csv', {})).toEqual(rows.map((row, index) => `${index + 2} ${row}`));
    expect(await readFixture('own-export.ndjson', {})).toEqual(
      rows.map((row, index) => `${index + 1} ${row}`),
    );
  });

  it('are those of Home Assistant', async () => {
    expect(await readFixture('home-assistant.csv', { zone: 'z' })).toEqual([
      '2 sensor.cellar z 21.5 1769781600000000',
      '3: column "state": must be a decimal number, got "unavailable"',
      '4 sensor.roof z -3.5 1769781602123000',
    ]);
  });

  it('are those of loggers, whose names carry units and time zones', async () => {
    expect(
      await readFixture('hobo.csv', {
        ...PLACE,
        skip: 1,
        timeFormat: 'MM/dd/yy hh:mm:ss a',
        valueColumn: 'Temp, °C (LGR S/N: 10347534)',
      }),
    ).toEqual(['3 s z 21.5 1769779118000000', '4 s z 19.25 1769727600000000']);
    await expect(readFixture('hobo.csv')).rejects.toThrow('if the names are in a later line, say --skip N');
    expect(
      await readFixture('german-spreadsheet.csv', {
        ...PLACE,
        timeFormat: 'dd.MM.yyyy HH:mm:ss',
        timeZone: 'Europe/Berlin',
        decimal: ',',
      }),
    ).toEqual([
      `4 s z 21.5 ${US}`,
      '5: column "Temperatur (°C)": must be a decimal number with a comma, as --decimal says, and no thousands separator, got "1.234,5"',
      '6: column "Zeit": must be a time of the form dd.MM.yyyy HH:mm:ss, got "30.02.2026 15:20:38"',
    ]);
  });

  it.each([
    ['No.,Time,Temperature°C', '1,TIME,21.5'],
    ['#,Date-Time (UTC),Temperature , °C', '1,TIME,21.5'],
    ['Timestamp;Messwert;Einheit', 'TIME;21.5;°C'],
    ['"Time","A-series"', '"TIME","21.5"'],
    ['Date\tTemperature (°C)', 'TIME\t21.5'],
    ['recorded_at|value|unit', 'TIME|21.5|K'],
    ['_time,_value', 'TIME,21.5'],
    ['Date,Time,value', '2026-01-30,14:18:38,21.5'],
    ['timestamp_ms,value', '1769782718000,21.5'],
  ])('are found by their names: %s', async (header, row) => {
    const given = header.includes(' , ') ? { ...PLACE, valueColumn: 'Temperature , °C' } : PLACE;
    const quoted = header.replace('Temperature , °C', '"Temperature , °C"');
    expect(await readRow(quoted, row, given)).toEqual([`2 s z 21.5 ${US}`]);
  });

  it('of EasyLog end with a serial number in the first row alone', async () => {
    const header = 'EasyLog USB,Time,Celsius(°C),High Alarm,Serial Number';
    const options = { ...PLACE, valueColumn: 'Celsius(°C)' };
    expect(
      await readText(`${header}\n1,${TIME},21.5,30,0123\n2,${TIME},22,30\n3,${TIME},23\n`, options),
    ).toEqual([`2 s z 21.5 ${US}`, `3 s z 22 ${US}`, '4: the row has 3 cells, but the header has 5']);
  });

  it('come from the header, so a first row without latency takes none from the others', async () => {
    expect(await readFixture('first-latency-missing.csv')).toEqual([
      '2 s z 1 1769781600000000',
      '3 s z 2 1769781660000000 7.5',
    ]);
  });

  it('are those of the options', async () => {
    const header = 'when,where,what,how much,after,sensorId';
    expect(
      await readRow(header, 'TIME,hall,fan,21.5,7,x', {
        timeColumn: 'when',
        zoneColumn: 'where',
        sensorColumn: 'what',
        valueColumn: 'how much',
        latencyColumn: 'after',
      }),
    ).toEqual([`2 fan hall 21.5 ${US} 7`]);
    await expect(readRow(header, '', { timeColumn: 'since' })).rejects.toThrow(
      '--time-column is "since", but there is no such column; the columns are "when", "where"',
    );
  });

  it('must be certain: the refusal names the option', async () => {
    const refused = (header: string, options: ReadOptions = PLACE): Promise<string> =>
      readRow(header, '', options).then(
        () => '',
        (error: unknown) => (error as Error).message,
      );
    expect(await refused('timestamp,last_changed,value')).toBe(
      'Say which column is meant with --time-column: "timestamp", "last_changed"',
    );
    expect(await refused('time,temperature,humidity')).toBe(
      'Say which column is meant with --value-column, or --wide when each of them is a sensor: "temperature", "humidity"',
    );
    expect(await refused('2026-01-30T14:18:38Z,21.5')).toContain('the first line looks like data');
    expect(await refused('time,value,value')).toBe(
      'Two columns have the name "value"; rename one in the header',
    );
    expect(await refused('time,value', { zone: 'z' })).toContain('--sensor is needed, or --sensor-column');
    expect(await refused('time,value', { sensor: 's' })).toContain('--zone is needed, or --zone-column');
    expect(await refused('time,sensorId,entity_id,value', { zone: 'z' })).toContain('--sensor-column');
    expect(await refused('sensorId,start,count,min,max,mean,last')).toContain('The file has buckets');
    expect(await refused('time,value,Latency (s)', { ...PLACE, latencyColumn: 'Latency (s)' })).toContain(
      'is not in milliseconds',
    );
    expect(await refused('time,value', { sensor: 'a\\b', zone: 'z' })).toContain('--sensor must be 1 to 128');
    expect(await refused('time,value', { ...PLACE, decimal: "'" })).toContain('--decimal must be . or ,');
  });

  it('that name a sensor are not passed over because of --sensor', async () => {
    const header = 'sensorId,time,value';
    await expect(readRow(header, 'a,TIME,1', PLACE)).rejects.toThrow(
      'The column "sensorId" names the sensor of each row, and --sensor names one for all: leave out --sensor',
    );
    expect(await readRow(header, 'a,TIME,1', { ...PLACE, sensorColumn: '' })).toEqual([`2 s z 1 ${US}`]);
    const line = JSON.stringify({ sensorId: 'a', zone: 'y', value: 1, timestamp: TIME });
    await expect(readText(line, PLACE, 'file.ndjson')).rejects.toThrow(
      'The field "sensorId" names the sensor',
    );
  });

  it('with names that the gateway refuses cost their row alone', async () => {
    expect(
      await readText(`sensorId,time,value\n,${TIME},1\na\\b,${TIME},2\nc,${TIME},3\n`, { zone: 'z' }),
    ).toEqual([
      expect.stringMatching(/^2: column "sensorId": must be 1 to 128 characters/),
      expect.stringMatching(/^3: column "sensorId": must be 1 to 128 characters/),
      `4 c z 3 ${US}`,
    ]);
  });
});

describe('a file with a column for each sensor', () => {
  it('gives a reading for each cell that is not empty', async () => {
    const rows = ['2 Cellar (°C) z 21.5 1769781600000000', '3 Roof z -3 1769781660000000'];
    const refused = '3: column "Cellar (°C)": must be a decimal number, got "err"';
    expect(await readFixture('wide.csv', { zone: 'z', wide: true })).toEqual([rows[0], refused, rows[1]]);
    const prefixed = await readFixture('wide.csv', { ...PLACE, wide: true });
    expect(prefixed).toEqual([
      rows[0]?.replace('Cellar', 's.Cellar'),
      refused,
      rows[1]?.replace('Roof', 's.Roof'),
    ]);
    expect(await readRow('device,time,t,h', 'd1,TIME,1,2', { zone: 'z', wide: true })).toEqual([
      `2 d1.t z 1 ${US}`,
      `2 d1.h z 2 ${US}`,
    ]);
  });

  it('needs columns with different names, and --value-column does not fit', async () => {
    await expect(readRow('time,a,a', '', { zone: 'z', wide: true })).rejects.toThrow(
      'Two columns have the name "a"',
    );
    await expect(readRow('time,a', '', { zone: 'z', wide: true, valueColumn: 'a' })).rejects.toThrow(
      '--wide',
    );
    await expect(readRow('time,no', '', { zone: 'z', wide: true })).rejects.toThrow('No column is left');
  });
});

describe('the delimiter', () => {
  it('is the one of the options, of a line sep=, or of the header', async () => {
    expect(await readRow('time\tvalue', 'TIME\t1', { ...PLACE, delimiter: String.raw`\t` })).toEqual([
      `2 s z 1 ${US}`,
    ]);
    expect(await readRow('time\tvalue', 'TIME\t1', { ...PLACE, delimiter: 'tab' })).toEqual([
      `2 s z 1 ${US}`,
    ]);
    expect(await readText(`sep=!\ntime!value, °C\n${TIME}!1\n`)).toEqual([`3 s z 1 ${US}`]);
    expect(await readRow('time;Temp, °C;x,y', 'TIME;1;', { ...PLACE, valueColumn: 'Temp, °C' })).toEqual([
      `2 s z 1 ${US}`,
    ]);
    await expect(readRow('time;Temp, °C', 'TIME;1,5', PLACE)).rejects.toThrow('Say with --delimiter');
    await expect(readRow('time,value', '', { ...PLACE, delimiter: ';;' })).rejects.toThrow(
      '--delimiter must be one',
    );
  });

  it('may be a comma beside a decimal comma in quotes', async () => {
    expect(await readRow('time,value', 'TIME,"21,5"', { ...PLACE, decimal: ',' })).toEqual([
      `2 s z 21.5 ${US}`,
    ]);
  });
});

describe('NDJSON', () => {
  it('refuses lines that are no readings', async () => {
    const lines = [
      { zone: 'z', value: 1, timestamp: TIME },
      { sensorId: 's', zone: 'z', value: '1', timestamp: TIME },
      { sensorId: 's', zone: 'z', value: 1, timestamp: 1769782718123456789 },
      { sensorId: 's', zone: 'z', value: 1, latencyMs: 'x', timestamp: TIME },
      { sensorId: 's', zone: 'z', value: 1 },
      { sensorId: 's', zone: 'z', value: 1, latencyMs: null, timestamp: TIME },
    ].map((line) => JSON.stringify(line));
    expect(await readText(['{"sensorId":"s"', '[1]', ...lines, ''].join('\n'), {}, 'x.ndjson')).toEqual([
      expect.stringMatching(/^1: the line must be a JSON object, got/),
      expect.stringMatching(/^2: the line must be a JSON object, got/),
      expect.stringMatching(/^3: field "sensorId": must be 1 to 128 characters.*got nothing/),
      '4: field "value": must be a finite number, got "1"',
      expect.stringMatching(/^5: field "timestamp": is a number with more digits than JSON numbers keep/),
      '6: field "latencyMs": must be a finite number or absent, got "x"',
      '7: field "timestamp": must be a time, got nothing',
      `8 s z 1 ${US}`,
    ]);
    await expect(readText('{}', { ...PLACE, wide: true })).rejects.toThrow('--wide is for CSV files');
  });
});
