import fc from 'fast-check';

import { readBatch } from '../../../src/ingest/body/batch-body.js';
import { type PlainBatch, PlainBatchParser } from '../../../src/ingest/body/plain-batch.js';
import { SentTimes } from '../../../src/ingest/sent-times.js';

const space = fc.constantFrom('', '', '', ' ', '  ');
// Mostly short, so that what is put in or taken out below often meets a number or a bracket.
const name = fc.oneof(
  { weight: 20, arbitrary: fc.stringMatching(/^[\w.:/-]{1,2}$/) },
  fc.stringMatching(/^[\w.:/-]{120,130}$/).map((long) => long.slice(0, 128)),
);
const digits = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^(?:0|[1-9]\\d{0,${length}})$`));
const number = fc
  .tuple(fc.constantFrom('', '', '-'), digits(18), fc.stringMatching(/^(?:|\.\d{1,19})$/))
  .map((parts) => parts.join(''));
const time = fc.oneof(
  number,
  fc.date({ noInvalidDate: true }).map((date) => JSON.stringify(date)),
  fc.constantFrom('"2026-01-30T14:18:38+02:00"', '"1769782718"', '""', '"~"', '"soon"'),
);
const record = fc
  .tuple(space, name, name, number, number, fc.option(time, { nil: undefined }))
  .map(([gap, sensorId, zone, value, latencyMs, timestamp]) =>
    [
      `{"sensorId":${gap}"${sensorId}"`,
      `"zone":${gap}"${zone}"`,
      `"value":${gap}${value}`,
      `"latencyMs":${gap}${latencyMs}`,
      ...(timestamp === undefined ? [] : [`"timestamp":${gap}${timestamp}`]),
    ].join(`${gap},${gap}`),
  )
  .chain((fields) => space.map((gap) => `${fields}${gap}}`));
const records = fc.array(record, { minLength: 1, maxLength: 3 });
const white = fc.constantFrom('', ' ', '\n', '\r\n\t');
const array = fc
  .tuple(records, white)
  .map(([all, gap]) => `${gap}[${gap}${all.join(`${gap},${gap}`)}${gap}]${gap}`);
const lines = fc
  .tuple(records, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([all, end, isEnded]) => all.join(end) + (isEnded ? end : ''));

const PIECES = [
  ...['[', ']', '{', '}', ',', ':', '"', '\\', '\\"', '\\u0041', ' ', '\t', '\n', '\r', '\0', '\u007f', '1'],
  ...['-', '+', '0', '00', '.', 'e5', 'E-2', 'null', 'NaN', 'true', 'é', '🌡', '\udcff', '"a"', '{}', '[]'],
  ...['"sensorId":"b",', '"__proto__":1,', '"timestampUs":5,', ',"timestamp":1', ',"latencyMs":7', '// x'],
];
/** A piece put in, or characters taken out, anywhere. */
const broken = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.nat(1_000), fc.nat(3), fc.constantFrom('', ...PIECES))
    .map(([whole, where, taken, piece]) => {
      const at = Math.floor((where / 1_000) * whole.length);
      return whole.slice(0, at) + piece + whole.slice(at + taken);
    });

function parse(text: string, isArray: boolean, maxRecords = Infinity): PlainBatch | undefined {
  const parser = new PlainBatchParser(Buffer.from(text), isArray, maxRecords);
  while (parser.step());
  return parser.batch;
}

function check(body: unknown): unknown {
  return readBatch(body, { sentTimes: new SentTimes('ms'), maxRecords: Infinity });
}

/** What JSON.parse() and the checks of its records make of the same text. */
function expected(text: string, isArray: boolean): unknown {
  const whole = Buffer.from(text).toString();
  const one = (line: string): unknown => JSON.parse(line);
  return check(isArray ? one(whole) : whole.replace(/\n$/, '').split('\n').map(one));
}

describe.each([
  { form: 'JSON', isArray: true, text: array },
  { form: 'NDJSON', isArray: false, text: lines },
])('a batch in $form as most programs write it', ({ isArray, text }) => {
  it('is read as JSON.parse() and the checks read it', () => {
    fc.assert(
      fc.property(text, (whole) => {
        const batch = parse(whole, isArray);
        expect(batch).toBeDefined();
        expect(check(batch)).toEqual(expected(whole, isArray));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is left to JSON.parse() when anything is different, or read as that reads it', () => {
    fc.assert(
      fc.property(broken(text), (whole) => {
        const batch = parse(whole, isArray);
        if (batch) expect(check(batch)).toEqual(expected(whole, isArray));
      }),
      { numRuns: 20_000 },
    );
  });

  it('is left to JSON.parse() when it has more records than are allowed', () => {
    const whole = '{"sensorId":"s","zone":"z","value":1,"latencyMs":1}';
    const both = isArray ? `[${whole},${whole}]` : `${whole}\n${whole}`;
    expect(parse(both, isArray, 2)?.records).toHaveLength(2);
    expect(parse(both, isArray, 1)).toBeUndefined();
  });
});
