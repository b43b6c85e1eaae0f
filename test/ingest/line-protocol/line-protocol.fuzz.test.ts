import { Point } from '@influxdata/influxdb-client';
import fc from 'fast-check';

import { LineWriter } from '../../../src/influx/influxdb/influx-lines.js';
import { PRECISIONS } from '../../../src/model/precision.js';
import { isIdentifier } from '../../../src/model/identifier.js';
import type { Reading } from '../../../src/model/reading.js';
import { ReadingColumns } from '../../../src/model/reading-columns.js';
import { parseLines } from './parse-lines.js';

const PIECES = [
  ...[
    'sensor_predictions',
    ',sensor_id=',
    ',zone=',
    ' value=',
    ',latency_ms=',
    'a',
    '1',
    '-1.5e3',
    '7i',
    '8u',
    'NaN',
  ],
  ...[
    ' ',
    ',',
    '=',
    '\\',
    '\\ ',
    '\\,',
    '"',
    '"two words"',
    '\n',
    '\r\n',
    '#',
    '\t',
    '\0',
    '\ud800',
    '🌡',
    '1e999',
  ],
];
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((parts) => parts.join(''));
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString());
const anyBody = fc.oneof(pieces, bytes, fc.string({ unit: 'binary', maxLength: 200 }));
const precision = fc.constantFrom(...PRECISIONS);

const identifier = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }).filter(isIdentifier);
const number = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -2e12, max: 2e12 }).map((thousandths) => thousandths / 1000),
  )
  .map((value) => value + 0);
const writer = new LineWriter();
/** In a buffer that has been used before, nearly always. */
const write = (...readings: Reading[]): string => {
  const lines = writer.write(ReadingColumns.of(readings), () => undefined);
  const text = lines.toString();
  writer.takeBack(lines);
  return text;
};
const reading = fc.record({
  sensorId: identifier,
  zone: identifier,
  value: number,
  latencyMs: fc.option(number, { nil: undefined }),
  timestampUs: fc.maxSafeInteger(),
});

describe('line protocol, whatever comes', () => {
  it('becomes a storable reading or a reason for each line', () => {
    fc.assert(
      fc.property(anyBody, precision, (body, of) => {
        const { readings, refused, problems } = parseLines(body, of);
        for (const { sensorId, zone, value, latencyMs = 0, timestampUs = 0 } of readings) {
          expect([sensorId, zone].every(isIdentifier)).toBe(true);
          expect([value, latencyMs].every(Number.isFinite)).toBe(true);
          expect(Number.isSafeInteger(timestampUs)).toBe(true);
        }
        for (const { line, reason } of [...refused, ...problems]) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(body.split('\n').length);
          expect(reason).not.toBe('');
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('counts every line without quotes and backslashes that is neither blank nor a comment', () => {
    const blank = /^[ \t\0]*\r?$/;
    const comment = /^[ \t\0]*#/;
    fc.assert(
      fc.property(anyBody, precision, (text, of) => {
        const body = text.replace(/["\\]/g, '');
        const all = body.replace(/^\ufeff/, '').split('\n');
        const lines = all.filter((line) => !blank.test(line) && !comment.test(line));
        const { readings, refused, problems } = parseLines(body, of);
        expect(readings.length + refused.length + problems.length).toBe(lines.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads back what the gateway itself writes', () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 5 }), (readings) => {
        expect(parseLines(write(...readings), 'us')).toEqual({ readings, refused: [], problems: [] });
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads a line on the fast path as on the slow path', () => {
    const name = fc.stringMatching(/^[\w.:/-]{1,130}$/);
    const text = fc.oneof(
      fc.stringMatching(/^-?\d{1,17}(\.\d{1,17})?$/),
      fc.constantFrom('', '-', '1.', '007'),
    );
    const time = fc.oneof(fc.stringMatching(/^\d{1,20}$/), fc.constantFrom('0', '9007199254740993'));
    const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
      fc.option(arbitrary, { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({ id: name, zone: name, value: text, latency: maybe(text), time: maybe(time) }),
        precision,
        ({ id, zone, value, latency, time: at }, of) => {
          const line = (space: string): string =>
            `sensor_predictions,sensor_id=${id},zone=${zone}${space}value=${value}` +
            (latency === undefined ? '' : `,latency_ms=${latency}`) +
            (at === undefined ? '' : ` ${at}`);
          const usual = parseLines(line(' '), of);
          const unusual = parseLines(line('  '), of);
          expect(usual.readings).toEqual(unusual.readings);
          expect(usual.refused).toEqual(unusual.refused);
          expect(usual.problems.map(({ reason }) => reason)).toEqual(
            unusual.problems.map(({ reason }) => reason),
          );
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('writes plain names as the official client does', () => {
    const name = fc.stringMatching(/^[\w.:/-]{1,20}$/);
    const plain = fc.tuple(reading, name, name).map(([one, sensorId, zone]) => ({ ...one, sensorId, zone }));
    fc.assert(
      fc.property(plain, ({ sensorId, zone, value, latencyMs, timestampUs }) => {
        const point = new Point('sensor_predictions').tag('sensor_id', sensorId).tag('zone', zone);
        if (latencyMs !== undefined) point.floatField('latency_ms', latencyMs);
        const theirs = point.floatField('value', value).timestamp(timestampUs).toLineProtocol();
        expect(write({ sensorId, zone, value, latencyMs, timestampUs })).toBe(theirs);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads integers of the official client as it reads its numbers', () => {
    fc.assert(
      fc.property(identifier, identifier, fc.maxSafeInteger(), (sensorId, zone, value) => {
        const point = new Point('sensor_predictions').tag('sensor_id', sensorId).tag('zone', zone);
        const line = String(point.intField('value', value).timestamp('').toLineProtocol());
        expect(parseLines(line, 'ns').readings).toEqual([{ sensorId, zone, value }]);
      }),
      { numRuns: 500 },
    );
  });
});
