import { Readable } from 'node:stream';

import fc from 'fast-check';

import { CsvError, CsvReadings } from '../../src/cli/csv-readings.js';

const OPTIONS = { sensor: 's', zone: 'z', delimiter: ',' };
const PIECES = [
  'timestamp',
  'value',
  'latency',
  ',',
  '\n',
  '\r\n',
  '"',
  '""',
  '1',
  '-2.5e3',
  '2026-01-30',
  'é',
  '\0',
];
const pieces = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 40 })
  .map((parts) => Buffer.from(parts.join('')));
const body = fc
  .array(fc.oneof(pieces, fc.uint8Array({ maxLength: 30 })), { maxLength: 5 })
  .map(Buffer.concat.bind(Buffer));
const file = fc.tuple(fc.constantFrom('', 'timestamp,value\n', '\ufefftime;value\n'), body);

describe('a CSV file of any bytes', () => {
  it('gives rows that can be sent, rows with what is wrong with them, or is refused as a whole', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ([head, rest]) => {
        try {
          for await (const row of new CsvReadings(Readable.from([Buffer.from(head), rest]), OPTIONS).rows()) {
            expect(row.line).toBeGreaterThan(1);
            if ('problem' in row) expect(row.problem).not.toBe('');
            else expect(Number.isFinite(row.body.value)).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof CsvError)) throw error;
          expect(error.message).not.toBe('');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives back the numbers and times that were written into it', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const time = fc.integer({ min: -1e12, max: 4e12 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(time, number), { minLength: 1, maxLength: 10 }), async (rows) => {
        const text = ['time,value', ...rows.map((row) => row.join(','))].join('\n');
        const read = [];
        for await (const row of new CsvReadings(Readable.from([text]), OPTIONS).rows()) read.push(row);
        expect(read.map((row) => 'body' in row && [row.body.timestamp, row.body.value])).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });
});
