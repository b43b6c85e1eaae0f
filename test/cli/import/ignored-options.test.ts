import type { ReadOptions } from '../../../src/cli/import/read-options.js';
import { PLACE, readText } from './read-file.js';

const CSV = 'time,value\n2026-01-30T14:00:00Z,1\n';
const NDJSON = '{"sensorId":"s","zone":"z","value":1,"timestamp":"2026-01-30T14:00:00Z"}\n';
const ANNOTATED = ',result,table,_time,_value\n,,0,2026-01-30T14:00:00Z,1\n';

describe('an option that would do nothing is refused', () => {
  it.each<[string, string, ReadOptions, string]>([
    [
      'a delimiter for NDJSON',
      NDJSON,
      { delimiter: ';' },
      '--delimiter is for CSV files; this file is NDJSON',
    ],
    ['a decimal comma for NDJSON', NDJSON, { decimal: ',' }, '--decimal is for CSV files'],
    ['comments for NDJSON', NDJSON, { comment: '%' }, '--comment is for CSV files'],
    ['a date column for NDJSON', NDJSON, { dateColumn: 'd' }, '--date-column is for CSV files'],
    [
      'a delimiter for annotated CSV',
      ANNOTATED,
      { delimiter: ';' },
      '--delimiter is not for this format; this file is annotated CSV',
    ],
    ['lines to skip for annotated CSV', ANNOTATED, { skip: 2 }, '--skip is not for this format'],
    ['comments for annotated CSV', ANNOTATED, { comment: '' }, '--comment is not for this format'],
    [
      'a sensor, and its column',
      CSV,
      { ...PLACE, sensorColumn: 'time' },
      '--sensor and --sensor-column cannot both be given',
    ],
    [
      'a zone, and its column',
      CSV,
      { ...PLACE, zoneColumn: 'time' },
      '--zone and --zone-column cannot both be given',
    ],
    [
      'a zone of numbers',
      CSV,
      { ...PLACE, timeUnit: 's', timeZone: 'Europe/Berlin' },
      '--time-unit and --time-zone cannot both be given',
    ],
    [
      'a zone beside offsets',
      CSV,
      { ...PLACE, timeFormat: "yyyy-MM-dd'T'HH:mm:ssX", timeZone: 'Europe/Berlin' },
      '--time-zone has no effect',
    ],
    [
      'a unit beside a format',
      CSV,
      { ...PLACE, timeUnit: 's', timeFormat: 'yyyy' },
      '--time-unit and --time-format cannot both be given',
    ],
    [
      'a value column, where all have values',
      CSV,
      { ...PLACE, wide: true, valueColumn: 'value' },
      'leave out --value-column',
    ],
  ])('%s', async (_name, text, options, message) => {
    await expect(readText(text, options)).rejects.toThrow(message);
  });

  it('but not one that says what is done anyway', async () => {
    const row = '1 s z 1 1769781600000000';
    expect(await readText(NDJSON, { decimal: '.', skip: 0, wide: false })).toEqual([row]);
    expect(
      await readText(CSV, {
        ...PLACE,
        sensorColumn: '',
        timeFormat: "yyyy-MM-dd'T'HH:mm:ss'Z'",
        timeZone: 'UTC',
      }),
    ).toEqual([row.replace('1', '2')]);
  });
});
