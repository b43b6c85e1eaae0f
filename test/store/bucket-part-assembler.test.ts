import { AnnotatedCsv } from '../../src/influx/influxdb/annotated-csv.js';
import { BucketPartAssembler } from '../../src/influx/influxdb/bucket-part-assembler.js';

const MINUTE_US = 60_000_000;
const HEAD = [
  '#datatype,string,long,dateTime:RFC3339,double,string',
  '#group,false,false,false,false,true',
  ',result,table,_time,_value,zone',
];

/** A result of windows that begin at some minutes of an hour, in one table for each zone. */
function result(
  name: string,
  values: Readonly<Record<string, readonly [minute: number, value: number | string][]>>,
): string {
  const rows = Object.entries(values).flatMap(([zone, windows], table) =>
    windows.map(
      ([minute, value]) => `,,${table},2026-01-30T00:${String(minute).padStart(2, '0')}:00Z,${value},${zone}`,
    ),
  );
  return [HEAD[0], HEAD[1], `#default,${name},,,,`, HEAD[2], ...rows, '', ''].join('\r\n');
}

function partsOf(...results: string[]): unknown[] {
  const reader = new BucketPartAssembler({ everyUs: MINUTE_US }, MINUTE_US);
  const csv = new AnnotatedCsv((row, columns) => {
    reader.take(row, columns);
  });
  csv.push(Buffer.from(results.join('')));
  csv.end();
  const firstUs = Date.parse('2026-01-30T00:00:00Z') * 1_000;
  return reader
    .found()
    .parts.map(({ startUs, count, min, max, mean, last }) => [
      last.zone,
      (startUs - firstUs) / MINUTE_US,
      [count, min, max, mean, last.value],
    ]);
}

describe('BucketPartAssembler', () => {
  it('combines the aggregates of a window, in whatever order windows come', () => {
    const parts = partsOf(
      result('min', {
        a: [
          [0, 1],
          [1, 2],
          [3, 3],
        ],
      }),
      result('count', {
        a: [
          [3, 30],
          [0, 10],
          [1, 20],
        ],
      }),
      result('max', {
        a: [
          [0, 5],
          [1, 6],
          [3, 7],
        ],
      }),
      result('mean', {
        a: [
          [1, 4.5],
          [0, 4],
          [3, 5],
        ],
      }),
      result('last', {
        a: [
          [0, 2],
          [3, 4],
          [1, 3],
        ],
      }),
    );
    expect(parts).toEqual([
      ['a', 0, [10, 1, 5, 4, 2]],
      ['a', 1, [20, 2, 6, 4.5, 3]],
      ['a', 3, [30, 3, 7, 5, 4]],
    ]);
  });

  it('leaves out only windows without all aggregates', () => {
    const whole: [number, number][] = [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ];
    const without = (minute: number): [number, number][] => whole.filter(([one]) => one !== minute);
    const parts = partsOf(
      result('min', { a: without(3) }),
      result('max', { a: without(0) }),
      ...['count', 'mean', 'last'].map((name) => result(name, { a: whole })),
    );
    expect(parts).toEqual([
      ['a', 1, [1, 1, 1, 1, 1]],
      ['a', 2, [1, 1, 1, 1, 1]],
    ]);
  });

  it('keeps the zones apart', () => {
    const names = ['count', 'min', 'max', 'mean', 'last'];
    const parts = partsOf(
      ...names.map((name, at) =>
        result(name, {
          a: [
            [0, at],
            [1, at],
          ],
          b: [[1, at + 10]],
        }),
      ),
    );
    expect(parts).toEqual([
      ['a', 0, [0, 1, 2, 3, 4]],
      ['a', 1, [0, 1, 2, 3, 4]],
      ['b', 1, [10, 11, 12, 13, 14]],
    ]);
  });

  it('gives NaN for an infinite mean', () => {
    const parts = partsOf(
      ...['count', 'min', 'max', 'last'].map((name) => result(name, { a: [[0, 1]] })),
      result('mean', { a: [[0, '+Inf']] }),
    );
    expect(parts).toEqual([['a', 0, [1, 1, 1, NaN, 1]]]);
  });
});
