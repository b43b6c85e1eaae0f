import { chunksToLines, linesToTables } from '@influxdata/influxdb-client';
import fc from 'fast-check';

import { AnnotatedCsv } from '../../src/influx/influxdb/annotated-csv.js';

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('ab ,"\r\n#é€😀')), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** A field as written in a line: in quotes where it must be, and sometimes where it need not. */
const field = fc
  .tuple(text, fc.boolean())
  .map(([whole, quoted]) => (quoted || /["\r\n,]/.test(whole) ? `"${whole.replaceAll('"', '""')}"` : whole));

const lineOf = <T extends string>(width: number, one: fc.Arbitrary<T>): fc.Arbitrary<string> =>
  fc.array(one, { minLength: width, maxLength: width }).map((fields) => fields.join(','));

/** A table of lines without their ends. No table begins with a column of another name here: it may stand for a failure. */
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc
      .tuple(
        fc.option(lineOf(width, fc.constantFrom('double', 'long', 'string', 'dateTime:RFC3339'))),
        fc.option(lineOf(width, fc.constantFrom('true', 'false'))),
        fc.option(lineOf(width, field)),
        lineOf(width - 1, field),
        fc.array(lineOf(width, field), { maxLength: 6 }),
      )
      .map(([types, groups, defaults, labels, rows]) => [
        ...(types === null ? [] : [`#datatype,${types}`]),
        ...(groups === null ? [] : [`#group,${groups}`]),
        ...(defaults === null ? [] : [`#default,${defaults}`]),
        width === 1 ? ',result' : `,result,${labels}`,
        ...rows.map((row) => `,${row}`),
      ]),
  );

/** An answer as InfluxDB writes one, an empty line behind each table. */
const answer = fc
  .tuple(fc.array(table, { maxLength: 3 }), fc.constantFrom('\r\n', '\n'))
  .map(([tables, end]) =>
    Buffer.from(
      tables.flat().length === 0 ? end : tables.map((lines) => [...lines, '', ''].join(end)).join(''),
    ),
  );

interface Row {
  readonly labels: readonly string[];
  readonly fields: readonly string[];
  readonly defaults: readonly string[];
  readonly groups: readonly boolean[];
  readonly numbers: readonly boolean[];
}

function read(parts: readonly Uint8Array[]): Row[] {
  const rows: Row[] = [];
  const csv = new AnnotatedCsv((row, { all }) => {
    rows.push({
      labels: all.map(({ label }) => label),
      fields: all.map(({ index }) => row.field(index)),
      defaults: all.map(({ byDefault }) => byDefault),
      groups: all.map(({ isGroup }) => isGroup),
      numbers: all.map(({ isNumber }) => isNumber),
    });
  });
  for (const part of parts) csv.push(part);
  csv.end();
  return rows;
}

/** What the official client reads. */
function readByClient(whole: Buffer): Row[] {
  const rows: Row[] = [];
  const tables = linesToTables({
    next: (values, { columns }) => {
      rows.push({
        labels: columns.map(({ label }) => label),
        fields: columns.map((_, at) => values[at] ?? ''),
        defaults: columns.map(({ defaultValue }) => (defaultValue as string | undefined) ?? ''),
        groups: columns.map(({ group }) => (group as boolean | undefined) ?? false),
        numbers: columns.map(({ dataType }) => dataType === 'double' || dataType === 'long'),
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
  it('reads what the official client reads, wherever the bytes are split', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat(400), { maxLength: 6 }), (whole, cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const parts = places.slice(1).map((place, at) => whole.subarray(places[at], place));
        expect(read(parts)).toEqual(readByClient(whole));
      }),
      { numRuns: 2_000 },
    );
  });

  it('recognizes numbers by the type of their column, and reads none from an empty field', () => {
    const numbers: unknown[] = [];
    const csv = new AnnotatedCsv((row, columns) => {
      numbers.push(['number', 'text', 'none'].map((label) => columns.readNumber(row, label)));
    });
    csv.push(
      Buffer.from('#datatype,double,string\r\n#default,,\r\n,number,text\r\n,1.5,1.5\r\n,,\r\n,+Inf,x\r\n'),
    );
    csv.end();
    expect(numbers).toEqual([
      [1.5, NaN, NaN],
      [NaN, NaN, NaN],
      [NaN, NaN, NaN],
    ]);
  });

  it("throws InfluxDB's message when a query fails, also after the first rows", () => {
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

  it('reads the last row, even without a line feed at its end', () => {
    const fields = read([Buffer.from('#datatype,string\n#default,\n,name\n,a\n,b')]).map((row) => row.fields);
    expect(fields).toEqual([['a'], ['b']]);
  });

  it('refuses an answer that ends within quotes', () => {
    expect(() => read([Buffer.from('#datatype,string\n#default,\n,name\n,a\n,"b')])).toThrow(
      'The answer ends within a row',
    );
  });
});
