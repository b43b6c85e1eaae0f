import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { ImportFileError } from '../../../src/cli/import/import-file-error.js';
import type { ReadOptions } from '../../../src/cli/import/read-options.js';
import { openReadingSource } from '../../../src/cli/import/reading-source.js';
import type { Row } from '../../../src/cli/import/row.js';
import { isIdentifier } from '../../../src/model/identifier.js';
import type { Reading } from '../../../src/model/reading.js';
import { formatTimestamp } from '../../../src/model/timestamp.js';
import { emptyFolder } from '../../support/environment.js';

const folder = emptyFolder();
const file = join(folder, 'file');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function read(content: Uint8Array, options: ReadOptions): Promise<Row[]> {
  writeFileSync(file, content);
  const source = await openReadingSource(file, options);
  const rows: Row[] = [];
  for await (const row of source.rows()) rows.push(row);
  return rows;
}

const PIECES = [
  ...[
    'timestamp',
    'value',
    'latency',
    '_time',
    '_field',
    'result',
    '#group',
    '#datatype',
    '#',
    'sep=;',
    'error',
  ],
  ...[',', ';', '\t', '\n', '\n', '\r\n', '\r', '"', '""', '{', '{"value":1}', ' '],
  ...['1', '-2.5e3', '2026-01-30', '2026-01-30T14:18:38Z', '1769782718', '02:30', 'é', '\0', '\ufeff'],
];
const pieces = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 40 })
  .map((parts) => Buffer.from(parts.join('')));
const body = fc
  .array(fc.oneof(pieces, fc.uint8Array({ maxLength: 30 })), { maxLength: 5 })
  .map(Buffer.concat.bind(Buffer));
const head = fc.constantFrom(
  '',
  'time,value\n',
  '\ufefftime;value\n',
  '#datatype,string\n,result,table,_time,_value\n',
);
const options = fc.constantFrom<ReadOptions>(
  { sensor: 's', zone: 'z' },
  { sensor: 's', zone: 'z', timeZone: 'Europe/Berlin', decimal: ',' },
  { zone: 'z', wide: true },
  { sensor: 's', zone: 'z', format: 'annotated' },
  { sensor: 's', zone: 'z', format: 'ndjson' },
);

describe('a file of any bytes', () => {
  it('gives readings, rows with what is wrong with them, or is refused as a whole', async () => {
    await fc.assert(
      fc.asyncProperty(head, body, options, async (start, rest, chosen) => {
        try {
          for (const row of await read(Buffer.concat([Buffer.from(start), rest]), chosen)) {
            expect(row.line).toBeGreaterThan(0);
            if ('problem' in row) {
              expect(row.problem).toMatch(/^[^\r\n]{1,2000}$/);
              continue;
            }
            expect(Number.isFinite(row.reading.value)).toBe(true);
            expect(Number.isSafeInteger(row.reading.timestampUs)).toBe(true);
            expect(isIdentifier(row.reading.sensorId)).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof ImportFileError)) throw error;
          expect(error.message).not.toBe('');
        }
      }),
      { numRuns: 1_500 },
    );
  });
});

const CHARACTERS = ['a', 'b', ',', ';', '|', '"', "'", ' ', 'é', '€', '😀', '.', '-', '#'];
const name = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''))
  .filter((text) => isIdentifier(text));
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const reading: fc.Arbitrary<Reading> = fc.record(
  {
    sensorId: name,
    zone: name,
    value: number,
    latencyMs: number,
    timestampUs: fc.integer({ min: -6e15, max: 8e15 }),
  },
  { requiredKeys: ['sensorId', 'zone', 'value', 'timestampUs'] },
);

type Encode = (text: string) => Buffer;
const encodings: readonly Encode[] = [
  (text) => Buffer.from(text),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
];

const UNITS: Readonly<Record<string, (us: number) => string>> = {
  none: formatTimestamp,
  us: String,
  ns: (us) => (us === 0 ? '0' : `${us}000`),
};

const form = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  decimal: fc.constantFrom('.', ','),
  ending: fc.constantFrom('\n', '\r\n', '\r'),
  encode: fc.constantFrom(...encodings),
  unit: fc.constantFrom('none', 'us', 'ns'),
  isQuoted: fc.boolean(),
  comment: fc.constantFrom(undefined, '', '!'),
});

describe('what is written into a CSV file', () => {
  it('is read back the same', async () => {
    const readings = fc.array(reading, { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        readings,
        form,
        async (written, { delimiter, decimal, ending, encode, unit, isQuoted, comment }) => {
          const quote = (text: string): string =>
            isQuoted || decimal === delimiter || text.includes(delimiter) || /["\r\n]/.test(text)
              ? `"${text.replaceAll('"', '""')}"`
              : text;
          const toText = (value?: number): string =>
            value === undefined ? '' : String(value).replace('.', decimal);
          const lines = written.map(({ sensorId, zone, value, latencyMs, timestampUs }) =>
            [UNITS[unit]?.(timestampUs) ?? '', sensorId, zone, toText(value), toText(latencyMs)]
              .map(quote)
              .join(delimiter),
          );
          const header = ['time', 'sensorId', 'zone', 'value', 'latencyMs'].join(delimiter);
          const chosen = {
            decimal,
            ...(comment !== undefined && { comment }),
            ...(unit !== 'none' && { timeUnit: unit }),
          };
          // A number that is as long as one of another unit is refused, whatever it was meant to be.
          const certain = written.filter(
            ({ timestampUs }) => unit === 'none' || String(Math.abs(timestampUs)).length === 16,
          );
          const rows = await read(encode([header, ...lines, ''].join(ending)), chosen);
          const found = rows.flatMap((row) => ('reading' in row ? [row.reading] : []));
          expect(found).toEqual(expect.arrayContaining(certain));
          expect(written).toEqual(expect.arrayContaining(found));
          expect(rows).toHaveLength(written.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
