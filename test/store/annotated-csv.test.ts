import { chunksToLines, linesToTables } from '@influxdata/influxdb-client';
import fc from 'fast-check';

import { AnnotatedCsv } from '../../src/influx/annotated-csv.js';

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('ab ,"\r\n#é€😀')), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** Quoted where it has to be, and where it need not. */
const written = (field: string, quotes = /["\r\n,]/.test(field)): string =>
  quotes ? `"${field.replaceAll('"', '""')}"` : field;

const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.record({
    labels: fc.array(text, { minLength: width, maxLength: width }),
    rows: fc.array(fc.array(text, { minLength: width, maxLength: width }), { maxLength: 6 }),
    types: fc.array(fc.constantFrom('double', 'long', 'string', 'dateTime:RFC3339'), {
      minLength: width,
      maxLength: width,
    }),
    defaults: fc.array(text, { minLength: width, maxLength: width }),
  }),
);

/** An answer as InfluxDB writes one, an empty line before each table but the first. */
const answer = fc.array(table, { maxLength: 3 }).map((tables) => {
  const line = (first: string, fields: string[]): string =>
    [first, ...fields.map((field) => written(field))].join(',');
  const texts = tables.map(({ labels, rows, types, defaults }) =>
    [
      line('#datatype', types),
      line('#default', defaults),
      // No table begins with a column of this name: it stands for a failure.
      line('', ['result', ...labels.slice(1)]),
      ...rows.map((row) => line('', row)),
      '',
    ].join('\r\n'),
  );
  return Buffer.from(texts.join('\r\n'));
});

interface Row {
  readonly labels: readonly string[];
  readonly fields: readonly string[];
  readonly defaults: readonly string[];
}

function read(parts: readonly Uint8Array[]): Row[] {
  const rows: Row[] = [];
  const csv = new AnnotatedCsv((row, { all }) => {
    rows.push({
      labels: all.map(({ label }) => label),
      fields: all.map(({ index }) => row.field(index)),
      defaults: all.map(({ byDefault }) => byDefault),
    });
  });
  for (const part of parts) csv.push(part);
  csv.end();
  return rows;
}

/** What the official client makes of it. */
function readByClient(whole: Buffer): Row[] {
  const rows: Row[] = [];
  const tables = linesToTables({
    next: (values, { columns }) => {
      rows.push({
        labels: columns.map(({ label }) => label),
        fields: columns.map((_, at) => values[at] ?? ''),
        defaults: columns.map(({ defaultValue }) => defaultValue),
      });
    },
    error: (error) => {
      throw error;
    },
    complete: () => undefined,
  });
  const lines = chunksToLines(tables, {
    concat: (first, second) => Buffer.concat([first, second]),
    copy: (chunk, start, end) => Buffer.from(chunk.subarray(start, end)),
    toUtf8String: (chunk, start, end) => Buffer.from(chunk).toString('utf8', start, end),
  });
  lines.next(whole);
  lines.complete();
  return rows;
}

describe('AnnotatedCsv', () => {
  it('reads what the official client reads, wherever the bytes are parted', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat(400), { maxLength: 6 }), (whole, cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const parts = places.slice(1).map((place, at) => whole.subarray(places[at], place));
        expect(read(parts)).toEqual(readByClient(whole));
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells numbers by the type of their column, and no number from an empty field', () => {
    const told: unknown[] = [];
    const csv = new AnnotatedCsv((row, columns) => {
      told.push(['number', 'text', 'none'].map((label) => columns.readNumber(row, label)));
    });
    csv.push(
      Buffer.from('#datatype,double,string\r\n#default,,\r\n,number,text\r\n,1.5,1.5\r\n,,\r\n,+Inf,x\r\n'),
    );
    csv.end();
    expect(told).toEqual([
      [1.5, NaN, NaN],
      [NaN, NaN, NaN],
      [NaN, NaN, NaN],
    ]);
  });

  it('throws what InfluxDB says when a query fails, also after the first rows', () => {
    const rows: string[] = [];
    const csv = new AnnotatedCsv((row) => {
      rows.push(row.field(2));
    });
    csv.push(Buffer.from('#datatype,string,double\r\n#default,_result,\r\n,result,_value\r\n,,1\r\n'));
    const failure =
      '\r\n#datatype,string,string\r\n#default,,\r\n,error,reference\r\n,"it said ""no"", twice",897\r\n';
    expect(() => {
      csv.push(Buffer.from(failure));
    }).toThrow('it said "no", twice');
    expect(rows).toEqual(['1']);
  });

  it('gives the last row, although its line does not end', () => {
    const fields = read([Buffer.from('#datatype,string\n#default,\n,name\n,a\n,b')]).map((row) => row.fields);
    expect(fields).toEqual([['a'], ['b']]);
  });
});
