import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sentKey } from '../../src/auth/sent-key.js';
import { openReadingSource } from '../../src/cli/import/reading-source.js';
import { parseDuration } from '../../src/common/config/duration.js';
import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { formatValue } from '../../src/common/errors/format-value.js';
import { AnnotatedCsv } from '../../src/influx/influxdb/annotated-csv.js';
import { readBatch } from '../../src/ingest/body/batch-body.js';
import { NewKeyDto } from '../../src/auth/key.dto.js';
import { checkReading } from '../../src/ingest/check-reading.js';
import { isJsonArray, JsonBatchParser } from '../../src/ingest/body/json-batch-parser.js';
import { NdjsonParser, parseNdjsonAtOnce } from '../../src/ingest/body/ndjson-parser.js';
import { SentTimes } from '../../src/ingest/sent-times.js';
import { JsonValueCounter } from '../../src/ingest/body/json-value-counter.js';
import { requestIdOf } from '../../src/common/logging/request-id.js';
import { parseEventTypes, parseEventCursor } from '../../src/logs/logs-query.dto.js';
import { fromCursor } from '../../src/http/pagination/cursor.js';
import { isIdentifier } from '../../src/model/identifier.js';
import { parseIdentifierList } from '../../src/model/identifier-list.js';
import { hintForTime } from '../../src/model/time-hint.js';
import { parseTimestamp, parseTimestampText } from '../../src/model/timestamp.js';
import { fromStreamId } from '../../src/stream/stream-position.js';
import { RequestValidationPipe } from '../../src/common/validation/request-validation.pipe.js';
import { emptyFolder } from '../support/environment.js';
import { parseLines } from './line-protocol/parse-lines.js';

/** Twice the text may take so many times the CPU: twice, and what a machine with other work adds to that. */
const MAX_GROWTH = 2.5;
/** V8 keeps texts above 128 KiB in another way than smaller ones: these are both above it. */
const CHARACTERS = 160_000;
/** The text is this many times shorter for functions that take long. */
const FEWER = 8;
/** Shorter times are noise. */
const MIN_US = 1_000;
const RUNS = 2;
const TRIES = 15;

const LINE = 'sensor_predictions,sensor_id=s,zone=z value=';
const SHAPES = [
  ...[
    '1',
    '0',
    '.1',
    '1e',
    '-',
    'x',
    ' ',
    '\t',
    ',',
    '=',
    '"',
    '\\',
    '\\"',
    '="',
    'a=1,',
    ',a=',
    '\n',
    'x\n',
  ],
  ...['[', '{', '{"a":', '[]', '[],', '{},', '1,', 'é', '🌡', '\ud800', '\0', 'a\\,', '+00:00', '#'],
  ...[`${LINE}"\n`, `${LINE}"x"\n`, `${LINE}1\n`, '# "\n', '{"sensorId":"s"}\n', '{"a":"\n'],
];

const TIMES = new SentTimes('ms');

/** All functions that read text from outside. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'line protocol': (text) => parseLines(some(text), 'ns'),
  'a value in line protocol': (text) => parseLines(`${LINE}${text}x`, 'ns'),
  'a tag in line protocol': (text) => parseLines(`sensor_predictions,sensor_id=${text}`, 'us'),
  'a timestamp in line protocol': (text) => parseLines(`${LINE}1 ${text}`, 'ms'),
  NDJSON: (text) => parseNdjsonAtOnce(some(text).slice(0, 2_500 * (text.length / CHARACTERS))),
  'NDJSON in turns': (text) => {
    toEnd(new NdjsonParser(Buffer.from(text), Infinity));
  },
  'a list in JSON': (text) => {
    const bytes = Buffer.from(`[${some(text)}]`);
    if (isJsonArray(bytes)) toEnd(new JsonBatchParser(bytes, { maxRecords: Infinity }));
  },
  'values in JSON': (text) => {
    toEnd(new JsonValueCounter(Buffer.from(text), 0, Buffer.byteLength(text)));
  },
  'a record': (text) =>
    checkReading(
      { sensorId: text, zone: text, value: text, latencyMs: text, timestamp: text, [text]: text },
      TIMES,
    ),
  'a record with many fields': (text) => checkReading(manyFields(text), TIMES),
  'a batch of many records': (text) =>
    readBatch(Array.from(some(text)), { sentTimes: TIMES, maxRecords: Infinity }),
  'a body': (text) => validate({ name: text, role: text, expiresAt: text, [text]: 1 }),
  'a body with many fields': (text) => validate(manyFields(text)),
  timestamps: (text) => [
    parseTimestamp(text),
    parseTimestamp(`2026-01-30T12:00:00.${text}`),
    parseTimestampText(text),
    parseTimestamp(text, 'ns'),
    hintForTime(text),
    hintForTime(`2026-01-30T12:00:00.${text}`),
  ],
  durations: (text) => [parseDuration(text), parseDuration(`1${text}`)],
  identifiers: (text) => [
    isIdentifier(text),
    isIdentifier(text.slice(0, 200)),
    parseIdentifierList(some(text)),
  ],
  cursors: (text) => [
    fromCursor(text, 2),
    fromCursor(Buffer.from(text).toString('base64url'), 2),
    parseEventCursor(text),
    fromStreamId('abc', text),
    fromStreamId('abc', `abc-${text}`),
  ],
  headers: (text) => [
    sentKey({ authorization: `Bearer ${text}` }),
    sentKey({ authorization: `Bearer${text}` }),
    requestIdOf({ headers: { traceparent: text } }),
    parseEventTypes(text),
  ],
  'messages of errors': (text) => [
    formatValue(text),
    formatValue([text, { [text]: text }]),
    new GatewayError('INVALID_READING', text, { errors: [{ path: text, message: text }] }).body(),
    new GatewayError('INVALID_LINE_PROTOCOL', text).influxBody(),
  ],
  "InfluxDB's CSV": (text) => {
    const csv = new AnnotatedCsv(() => undefined);
    csv.push(Buffer.from(`#datatype,string\n,_value\n,${some(some(text))}`));
    csv.end();
  },
};

function toEnd(work: { step(): boolean }): void {
  while (work.step());
}

function some(text: string): string {
  return text.slice(0, text.length / FEWER);
}

function manyFields(text: string): object {
  return Object.fromEntries(Array.from(some(some(text))).map((character, at) => [`${character} ${at}`, 1]));
}

function validate(body: object): unknown {
  return new RequestValidationPipe().transform(body, { type: 'body', metatype: NewKeyDto });
}

/** The CPU that some calls take, in microseconds. */
function cost(parse: (text: string) => unknown, text: string, calls: number): number {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) {
    try {
      parse(text);
    } catch {
      // A refusal is a valid result.
    }
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** How many times the CPU twice the text takes, at best: other processes, and garbage, only ever add to it. */
function growth(parse: (text: string) => unknown, shape: string): number {
  const whole = shape.repeat(Math.ceil((2 * CHARACTERS) / shape.length));
  // Flat: what repeat() makes is put together only when it is read.
  const double = Buffer.from(whole, 'utf16le').toString('utf16le');
  const single = double.slice(0, CHARACTERS);
  let calls = 1;
  while (cost(parse, single, calls) < MIN_US && calls < 1 << 14) calls *= 2;
  let [least, leastOfDouble] = [Infinity, Infinity];
  for (let run = 0; run < TRIES * RUNS; run += 1) {
    least = Math.min(least, cost(parse, single, calls));
    leastOfDouble = Math.min(leastOfDouble, cost(parse, double, calls));
    if (run >= RUNS - 1 && leastOfDouble <= MAX_GROWTH * least) break;
  }
  return leastOfDouble / least;
}

describe('twice the text takes at most 2.5 times the CPU', () => {
  it.each(Object.keys(PARSERS))('in %s, whatever it is', (name) => {
    const parse = PARSERS[name];
    // A second look, after all others: a collection of garbage may fall to one of them each time.
    const timesOf = (shape: string): number => (parse ? growth(parse, shape) : NaN);
    const suspects = SHAPES.filter((shape) => !(timesOf(shape) <= MAX_GROWTH));
    const tooMuch = suspects.map((shape) => ({ shape, times: timesOf(shape) }));
    expect(tooMuch.filter(({ times }) => !(times <= MAX_GROWTH))).toEqual([]);
  });

  it('in a CSV file', async () => {
    const file = join(emptyFolder(), 'readings.csv');
    const costOf = async (shape: string, length: number): Promise<number> => {
      let least = Infinity;
      for (let run = 0; run < RUNS; run += 1) {
        writeFileSync(file, `time,value,note\n${shape.repeat(length / shape.length)}`);
        const before = process.cpuUsage();
        try {
          const rows = (await openReadingSource(file, { sensor: 's', zone: 'z' })).rows();
          while (!(await rows.next()).done);
        } catch {
          // A file that is none is refused.
        }
        const { user, system } = process.cpuUsage(before);
        least = Math.min(least, user + system);
      }
      return least;
    };
    for (const shape of [
      '1',
      ',',
      '"',
      '""',
      '\n',
      '1,1\n',
      '"x',
      '"x\n',
      ',,"\n',
      ' ',
      '2026-01-30T12:00:00Z,1,\n',
    ]) {
      let [least, leastOfDouble] = [Infinity, Infinity];
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        least = Math.min(least, await costOf(shape, 40_000));
        leastOfDouble = Math.min(leastOfDouble, await costOf(shape, 80_000));
        if (leastOfDouble <= MAX_GROWTH * least) break;
      }
      expect([shape, leastOfDouble <= MAX_GROWTH * least]).toEqual([shape, true]);
    }
  });

  it('and a pattern that takes more is detected', () => {
    const backtracks = new RegExp('^[-+]?(\\d+\\.?\\d*|\\.\\d+)$');
    expect(growth((text) => backtracks.test(`${some(some(text))}x`), '1')).toBeGreaterThan(MAX_GROWTH);
  });
});
