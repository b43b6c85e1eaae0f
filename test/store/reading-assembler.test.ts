import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { AnnotatedCsv } from '../../src/influx/influxdb/annotated-csv.js';
import { ReadingAssembler } from '../../src/influx/influxdb/reading-assembler.js';
import type { Reading } from '../../src/model/reading.js';

const HEAD = [
  '#datatype,string,long,dateTime:RFC3339,double,string,string,string',
  '#default,_result,,,,,,',
  ',result,table,_time,_value,_field,sensor_id,zone',
];

function readingsOf(rows: readonly string[], head = HEAD): Reading[] {
  const reader = new ReadingAssembler();
  const csv = new AnnotatedCsv((row, columns) => {
    reader.take(row, columns);
  });
  csv.push(Buffer.from([...head, ...rows, ''].join('\r\n')));
  csv.end();
  return reader.readings();
}

describe('ReadingAssembler', () => {
  it('assembles values and latencies by sensor, zone and time, in order', () => {
    const readings = readingsOf([
      ',,0,1970-01-01T00:00:02Z,20,value,s,z',
      ',,0,1970-01-01T00:00:01Z,10,value,s,z',
      ',,1,1970-01-01T00:00:01Z,0.5,latency_ms,s,z',
      ',,2,1970-01-01T00:00:01Z,11,value,s,a',
      ',,3,1970-01-01T00:00:03Z,7,latency_ms,s,z',
    ]);
    expect(readings).toEqual([
      { sensorId: 's', zone: 'a', value: 11, timestampUs: 1e6 },
      { sensorId: 's', zone: 'z', value: 10, latencyMs: 0.5, timestampUs: 1e6 },
      { sensorId: 's', zone: 'z', value: 20, timestampUs: 2e6 },
    ]);
  });

  it.each([
    ['no zone', [',,0,1970-01-01T00:00:01Z,1,value,s,'], HEAD],
    ['no value', [',,0,1970-01-01T00:00:01Z,,value,s,z'], HEAD],
    ['no time', [',,0,,1,value,s,z'], HEAD],
    [
      'text that spells a number',
      [',,0,1970-01-01T00:00:01Z,1,value,s,z'],
      [HEAD[0]?.replace('double', 'string') ?? '', ...HEAD.slice(1)],
    ],
  ])('ignores a row with %s', (_name, rows, head) => {
    expect(readingsOf(rows, head)).toEqual([]);
  });

  it('keeps no part of the answers in memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const others = Array.from(
      { length: 1_000 },
      (_, at) => `,,0,1970-01-01T00:00:01Z,1,value,other_${at}_${'x'.repeat(60)},`,
    );
    const before = heap();
    const kept = Array.from({ length: 300 }, (_, at) =>
      readingsOf([
        ...others,
        `,,1,1970-01-01T00:00:01Z,1,value,a_sensor_with_a_long_name_${at},a_zone_with_a_long_name`,
      ]),
    );
    const grown = heap() - before;
    expect(kept.flat()).toHaveLength(300);
    // The answers are 30 MB.
    expect(grown).toBeLessThan(5e6);

    function heap(): number {
      collect();
      return process.memoryUsage().heapUsed;
    }
  });
});
