import { readFixture, readText } from './read-file.js';

describe('annotated CSV of InfluxDB', () => {
  it('is read by its annotations, each table by its own columns', async () => {
    expect(await readFixture('annotated-unpivoted.csv', {})).toEqual([
      '5 boiler hall_1 21.5 1769782718123456',
      '6 fan hall_1 3 1769782718000000',
      '12 pump hall_2 4 1769782719000000',
    ]);
    expect(await readFixture('annotated-pivoted.csv', {})).toEqual([
      '5 boiler hall_1 21.5 1769782718000000',
      '6 boiler hall_1 22 1769782719000000 12',
    ]);
  });

  it('is refused when latencies are in rows apart, which would lose them', async () => {
    await expect(readFixture('annotated-latencies-apart.csv', {})).rejects.toThrow('|> pivot(');
  });

  it('reports an export that InfluxDB did not end', async () => {
    expect(await readFixture('annotated-cut-off.csv', {})).toEqual([
      '5 boiler hall_1 21.5 1769782718000000',
      '10: InfluxDB ended the export with the error in the next line',
      '11: the export is not whole: "runtime error: the server was stopped 897"',
    ]);
  });

  const header = ',result,table,_time,_value,_field,_measurement,host';
  const row = (field: string, measurement = 'cpu'): string =>
    `,_result,0,2026-01-30T14:18:38Z,1,${field},${measurement},a`;

  it('is known by its columns where annotations are missing, and takes other fields only when told', async () => {
    const text = `${header}\r\n${row('user')}\r\n${row('idle')}\r\n\r\n${header}\r\n${row('user', 'disk')}\r\n`;
    const options = { sensorColumn: 'host', zone: 'z' };
    expect(await readText(text, options)).toEqual([
      expect.stringMatching(/^2: the field "user" is not "value": --value-column names/),
      expect.stringMatching(/^3: the field "idle" is not "value"/),
      expect.stringMatching(/^6: the field "user" is not "value"/),
    ]);
    expect(await readText(text, { ...options, valueColumn: 'user' })).toEqual([
      '2 a z 1 1769782718000000',
      expect.stringMatching(/^3: the field "idle" is not "user"/),
      expect.stringMatching(/^6: the measurement "disk" is not "cpu" as in the rows before it/),
    ]);
    expect(await readText(text, { sensorColumn: '_field', zone: 'z' })).toEqual([
      '2 user z 1 1769782718000000',
      '3 idle z 1 1769782718000000',
      expect.stringMatching(/^6: the measurement "disk"/),
    ]);
  });

  it('reads other tables when one has no values', async () => {
    const text =
      '_time,_field,sensor_id,zone,_value\nTIME,value,a,z,1\n\n_time,sensor_id,zone,_field\nTIME,a,z,x\n';
    expect(await readText(text.replaceAll('TIME', '2026-01-30T14:18:38Z'), {})).toEqual([
      '2 a z 1 1769782718000000',
      expect.stringMatching(/^4: the table cannot be read: --value-column is needed/),
      expect.stringMatching(/^5: the table that begins in line 4 cannot be read: "2026/),
    ]);
    await expect(readText(text, { format: 'csv' })).rejects.toThrow('--format annotated');
  });

  it('refuses values that are no numbers, other annotations, and rows that do not fit', async () => {
    const typed = (type: string): string =>
      `#datatype,string,long,dateTime:RFC3339,${type},string,string,string\n`;
    const options = { sensorColumn: 'host', zone: 'z', valueColumn: 'user' };
    await expect(readText(`${typed('string')}${header}\n${row('user')}\n`, options)).rejects.toThrow(
      'The column "_value" has values of the type string',
    );
    await expect(readText('#datatype measurement,tag,double\nm,a,1\n', options)).rejects.toThrow(
      'Line 1 has the annotation "#datatype measurement"',
    );
    expect(await readText(`${typed('double')}${header}\n,_result,0\n${row('user')}\n`, options)).toEqual([
      '3: the row has 3 cells, but its table has 8',
      '4 a z 1 1769782718000000',
    ]);
    await expect(readText(`${typed('double')}${header}\n`, { ...options, wide: true })).rejects.toThrow(
      '--wide',
    );
  });
});
