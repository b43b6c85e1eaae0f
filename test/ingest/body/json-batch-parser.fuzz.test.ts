import fc from 'fast-check';

import { GatewayError } from '../../../src/common/errors/gateway-error.js';
import { MalformedRecord } from '../../../src/ingest/body/malformed-record.js';
import { isJsonArray, JsonBatchParser } from '../../../src/ingest/body/json-batch-parser.js';
import { NdjsonParser } from '../../../src/ingest/body/ndjson-parser.js';

const READING = '{"sensorId":"s","zone":"z","value":1,"latencyMs":1}';
const PIECES = [
  ...['[', ']', '{', '}', ',', ':', '"', '\\', '\\"', '\\u005d', ' ', '\n', '1', '-', 'null', '"a"', '"[,]"'],
  ...['é', '🌡', '{"a":[1,2]}', '{"__proto__":1}', '{"a":1,"a":2}', READING, '[[]]', '1.5e3', 'x', '\0'],
];
const value = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(READING, '{"a":"]"}', '"\\\\"', '[1,{"b":"}"}]'),
);
const space = fc.constantFrom('', ' ', '\n\t', '  ');
const list = fc
  .tuple(space, fc.array(fc.tuple(space, value, space), { maxLength: 12 }), space)
  .map(([before, values, after]) => `${before}[${values.map((one) => one.join('')).join(',')}]${after}`);
/** Nearly right: a piece put in, or taken out, anywhere. */
const broken = fc
  .tuple(list, fc.nat(200), fc.nat(3), fc.constantFrom('', ...PIECES))
  .map(([text, at, taken, piece]) => text.slice(0, at) + piece + text.slice(at + taken));
const anything = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => `[${parts.join('')}`);
const chunkBytes = fc.integer({ min: 1, max: 60 });

function readAll(
  text: string,
  bounds: { maxRecords?: number; maxValues?: number; chunkBytes: number },
): unknown[] {
  const reader = new JsonBatchParser(Buffer.from(text), { maxRecords: Infinity, ...bounds });
  while (reader.step());
  return reader.records;
}

describe('a JSON array that is parsed record by record', () => {
  it('gives what JSON.parse() gives, or the same refusal, wherever it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.oneof(list, broken, anything), chunkBytes, (text, size) => {
        if (!isJsonArray(Buffer.from(text))) return;
        // Half a character is another one as UTF-8.
        const whole = Buffer.from(text).toString();
        let expected: unknown;
        try {
          expected = JSON.parse(whole);
        } catch {
          expect(() => readAll(whole, { chunkBytes: size })).toThrow(GatewayError);
          return;
        }
        expect(readAll(whole, { chunkBytes: size })).toEqual(expected);
      }),
      {
        numRuns: 5_000,
        examples: [
          ...[
            '[]',
            '[ ]',
            `[${' '.repeat(99)}]`,
            '[1,]',
            '[,1]',
            '[1,,2]',
            '[,]',
            '[1]x',
            '[1]]',
            '[1}',
            '[1 2]',
          ],
          ...['[1', '["a', '["\\', '[{"a":1]}', '[1],[2]', ' [1] \n', '[1]\0', '[[1]'],
        ].map((text): [string, number] => [text, 1]),
      },
    );
  });

  it('has its invalid record named', () => {
    expect(() => readAll(`[${READING},${READING},{"a":x}]`, { chunkBytes: 1_000 })).toThrow(
      /^The body is not valid JSON: record 2: /,
    );
    expect(() => readAll(`[${READING},{"a":"`, { chunkBytes: 1 })).toThrow('it ends within record 1');
  });

  it('is parsed up to the allowed number of records', () => {
    const limit = { maxRecords: 2, chunkBytes: 10 };
    expect(readAll('[1,2]', limit)).toEqual([1, 2]);
    for (const text of ['[1,2,3]', '[1,2,3,x'])
      expect(() => readAll(text, limit)).toThrow('got at least 3; send it in parts');
  });

  it('has only the record with too many values refused', () => {
    const text = `[1,{"a":[${'1,'.repeat(20)}1]},${READING}]`;
    for (const size of [1, 1_000])
      expect(readAll(text, { maxValues: 20, chunkBytes: size })).toEqual([
        1,
        new MalformedRecord('A record must hold at most 20 values, got 22'),
        JSON.parse(READING),
      ]);
  });
});

describe('NDJSON that is parsed a few lines at a time', () => {
  it('gives the same records as line by line', () => {
    const line = fc.oneof(
      value,
      fc.constantFrom('', ' ', 'x', '{"a":[{}', '{}]}', '{"a":1},{"b":2}', '{}\r'),
    );
    const lines = fc.array(
      line.map((one) => one.replaceAll('\n', '')),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(lines, chunkBytes, fc.boolean(), (all, size, isEnded) => {
        const bytes = Buffer.from(all.join('\n') + (isEnded ? '\n' : ''));
        const reader = new NdjsonParser(bytes, Infinity, size);
        while (reader.step());
        const expected = all.flatMap((one) => {
          if (one.trim() === '') return [];
          try {
            return [JSON.parse(one) as unknown];
          } catch {
            return [{ message: expect.stringMatching(/^The line is not valid JSON/) }];
          }
        });
        expect(reader.records).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is parsed up to the allowed number of records, without blank lines', () => {
    const read = (text: string): NdjsonParser => {
      const reader = new NdjsonParser(Buffer.from(text), 3, 4);
      while (reader.step());
      return reader;
    };
    expect([read('1\n\n \n2\n3\n').isTooLong, read('1\n2\n3\n4').isTooLong]).toEqual([false, true]);
    expect(read('x\n'.repeat(1_000)).records.length).toBeLessThan(300);
  });
});
