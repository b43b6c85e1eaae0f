import { Point } from '@influxdata/influxdb-client';
import fc from 'fast-check';

import { isIdentifier } from '../../../src/model/identifier.js';
import { parseLines } from './parse-lines.js';

const READING = { sensorId: 's', zone: 'z', value: 1 };
const HEAD = 'sensor_predictions,sensor_id=s,zone=z';

describe('parseLines', () => {
  it.each<[string, string, object]>([
    ['the smallest point', `${HEAD} value=1`, READING],
    ['a timestamp', `${HEAD} value=1 1769782718123456`, { ...READING, timestampUs: 1_769_782_718_123_456 }],
    ['a timestamp before 1970', `${HEAD} value=1 -1`, { ...READING, timestampUs: -1 }],
    ['a latency', `${HEAD} value=1,latency_ms=2.5`, { ...READING, latencyMs: 2.5 }],
    [
      'tags and fields in any order',
      'sensor_predictions,zone=z,sensor_id=s latency_ms=2,value=1',
      { ...READING, latencyMs: 2 },
    ],
    ['an integer', `${HEAD} value=1i`, READING],
    ['an unsigned integer', `${HEAD} value=1u`, READING],
    ['an exponent', `${HEAD} value=-1.5e-3`, { ...READING, value: -0.0015 }],
    ['several spaces', `  ${HEAD}   value=1   7  `, { ...READING, timestampUs: 7 }],
    ['a carriage return', `${HEAD} value=1\r`, READING],
    ['a field that appears twice', `${HEAD} value=2,value=1`, READING],
    [
      'escapes',
      'sensor_predictions,sensor_id=a\\ b\\,c\\=d,zone=z value=1',
      { ...READING, sensorId: 'a b,c=d' },
    ],
    ['quotes in a tag', 'sensor_predictions,sensor_id="s",zone=z value=1', { ...READING, sensorId: '"s"' }],
  ])('reads %s', (_name, line, reading) => {
    expect(parseLines(line, 'us')).toEqual({ readings: [reading], refused: [], problems: [] });
  });

  it.each<['ns' | 'us' | 'ms' | 's', string, number]>([
    ['ns', '1769782718123456789', 1_769_782_718_123_456],
    ['ns', '-1', -1],
    ['us', '1769782718123456', 1_769_782_718_123_456],
    ['ms', '1769782718123', 1_769_782_718_123_000],
    ['s', '1769782718', 1_769_782_718_000_000],
  ])('takes timestamps in %s', (precision, text, timestampUs) => {
    expect(parseLines(`${HEAD} value=1 ${text}`, precision).readings).toEqual([{ ...READING, timestampUs }]);
  });

  it.each([
    [
      'another measurement',
      'cpu,sensor_id=s,zone=z value=1',
      'the measurement must be sensor_predictions, got "cpu"',
    ],
    ['a missing tag', 'sensor_predictions,sensor_id=s value=1', 'tag zone is missing'],
    ['an unknown tag', `${HEAD},host=h value=1`, 'tag "host" is not known here'],
    ['a missing value', `${HEAD} latency_ms=1`, 'field value is missing'],
    ['an unknown field', `${HEAD} value=1,unit="K"`, 'field "unit" is not known here'],
    ['a text', `${HEAD} value="1"`, 'field value must be a finite number, got "\\"1\\""'],
    ['a boolean', `${HEAD} value=true`, 'field value must be a finite number'],
    [
      'an integer that a number cannot hold exactly',
      `${HEAD} value=9007199254740993i`,
      'larger ones cannot be stored exactly',
    ],
    [
      'a timestamp that only InfluxDB can store',
      `${HEAD} value=1 9107199254740993`,
      'the timestamp must be within the years 1684 to 2255 in us, got "9107199254740993"',
    ],
    [
      'a backslash in an identifier',
      'sensor_predictions,sensor_id=a\\b,zone=z value=1',
      'tag sensor_id must be',
    ],
    ['a long line', `${HEAD} value=1${' '.repeat(20_000)}`, 'a line must be at most 16384 characters long'],
  ])('refuses the point alone that has %s', (_name, line, reason) => {
    const { readings, refused, problems } = parseLines(`${HEAD} value=1\n${line}\n`, 'us');
    expect(readings).toEqual([READING]);
    expect(refused).toEqual([{ line: 2, reason: expect.stringContaining(reason) }]);
    expect(problems).toEqual([]);
  });

  it.each([
    ['a tag that appears twice', `${HEAD},zone=y value=1`, 'tag "zone" appears twice'],
    ['a tag without a value', 'sensor_predictions,sensor_id=,zone=z value=1', 'tag "sensor_id" has no value'],
    ['a tag without a name', `${HEAD},=x value=1`, 'a tag has no name'],
    ['half a tag', `${HEAD},host value=1`, 'tag "host" must be written as name=value'],
    ['an equals sign in a tag', `${HEAD},a=b=c value=1`, 'tag "a" has an = in its value; write it as \\='],
    ['a tag that InfluxDB uses itself', `${HEAD},time=1 value=1`, 'tag "time" is reserved'],
    ['no measurement', ',sensor_id=s,zone=z value=1', 'the measurement is missing'],
    [
      'NaN',
      `${HEAD} value=NaN`,
      'field "value" must be a finite number, true, false or a text in quotes, got "NaN"',
    ],
    ['1e999', `${HEAD} value=1e999`, 'field "value" must be a finite number'],
    ['a decimal comma', `${HEAD} value=21,5`, 'its fields must be written as name=value'],
    ['an integer of 65 bits', `${HEAD} value=9223372036854775808i`, 'field "value" must be a finite number'],
    ['an empty value', `${HEAD} latency_ms=1,value=`, 'field "value" has no value'],
    ['a field without a name', `${HEAD} value=1,=2`, 'a field has no name'],
    ['no fields', HEAD, 'it has no fields'],
    ['a timestamp that is none', `${HEAD} value=1 now`, 'the timestamp must be an integer in us, got "now"'],
    [
      'a timestamp that nobody can store',
      `${HEAD} value=1 99999999999999999`,
      'the timestamp must be within',
    ],
    ['a text that is not closed', `${HEAD} value="1`, 'a quoted text has no closing quote'],
    ['words', 'this is no point', 'its fields must be written as name=value'],
  ])('says why a line cannot be parsed that has %s', (_name, line, reason) => {
    const { readings, refused, problems } = parseLines(line, 'us');
    expect([readings, refused]).toEqual([[], []]);
    expect(problems).toEqual([{ line: 1, text: line, reason: expect.stringContaining(reason) }]);
  });

  it('counts lines, with comments, blank lines and line ends in texts', () => {
    const body = `# comment with a "quote\n\n${HEAD} value=1\nbad\n${HEAD} unit="two\nlines",value=1\nworse`;
    const { readings, refused, problems } = parseLines(body, 'us');
    expect(readings).toEqual([READING]);
    expect(refused.map(({ line }) => line)).toEqual([5]);
    expect(problems.map(({ line }) => line)).toEqual([4, 7]);
  });

  it('reads a long body with other letters as it reads each of its lines', () => {
    const lines = Array.from({ length: 2_000 }, (_, at) =>
      at % 50 === 0
        ? `# ${'ü🌡'.repeat(at)}`
        : `sensor_predictions,sensor_id=s${at},zone=${at % 7 === 0 ? 'Küche' : 'hall'} value=${at}.5 ${at}`,
    );
    const { readings, problems } = parseLines(lines.join('\n'), 'us');
    expect(readings).toEqual(lines.flatMap((line) => parseLines(line, 'us').readings));
    expect([readings.length, problems]).toEqual([1_960, []]);
  });

  it('never takes the inside of a text for lines, however long the text is', () => {
    const lines = `${HEAD} value=1\n`.repeat(1_000);
    const closed = parseLines(`${HEAD} unit="\n${lines}",value=1\n${HEAD} value=1`, 'us');
    expect([closed.readings.length, closed.refused.map(({ line }) => line)]).toEqual([1, [1]]);
    const open = parseLines(`${HEAD} value=1\n${HEAD} unit="\n${lines}`, 'us');
    expect([open.readings.length, open.problems.map(({ line }) => line)]).toEqual([1, [2]]);
  });

  it('reads back what the official client writes', () => {
    const identifier = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isIdentifier);
    const number = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Object.is(value, -0));
    fc.assert(
      fc.property(
        identifier,
        identifier,
        number,
        number,
        fc.maxSafeInteger(),
        (sensorId, zone, value, latencyMs, timestampUs) => {
          const point = new Point('sensor_predictions').tag('sensor_id', sensorId).tag('zone', zone);
          const line = point
            .floatField('value', value)
            .floatField('latency_ms', latencyMs)
            .timestamp(timestampUs);
          expect(parseLines(String(line.toLineProtocol()), 'us')).toEqual({
            readings: [{ sensorId, zone, value, latencyMs, timestampUs }],
            refused: [],
            problems: [],
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
