import { InfluxDB } from '@influxdata/influxdb-client';
import fc from 'fast-check';

import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { FIELDS, HEAD, TAGS, TIME, TIMES, VALUES, WHOLE } from './odd-lines.js';

/** What the gateway answers otherwise than InfluxDB, and why. docs/api.md lists the same. */
const DIFFERENCES: readonly (readonly [
  what: string,
  body: string | Buffer,
  influxd: number,
  gateway: number,
])[] = [
  [
    'takes a carriage return at the end of a line',
    `${HEAD} value=1 ${TIME}\r\n\r\n${HEAD} value=2\r\n`,
    400,
    204,
  ],
  ['ends a comment at its line feed', `# a="\n${HEAD} value=1\n# C:\\\nbad\n`, 204, 400],
  ['passes over a byte order mark', `\ufeff${HEAD} value=1 ${TIME}`, 204, 204],
  ['drops a long line without reading it', `${'t'.repeat(70_000)} a=1`, 400, 422],
  ['drops another long line without reading it', `${HEAD} value=1${' '.repeat(17_000)}x`, 400, 422],
  ['refuses points with bytes that are not UTF-8', Buffer.from(`${HEAD},a=\xff value=1`, 'latin1'), 204, 422],
];

interface Stored {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs?: number;
  readonly timestamp: string;
}

describe('line protocol, as a real InfluxDB takes it', () => {
  let influxd: Influxd;
  let gateway: Gateway;
  let bucket: string;

  beforeAll(async () => {
    [influxd, gateway] = await Promise.all([Influxd.start(), Gateway.start()]);
    bucket = await influxd.createBucket();
  });
  afterAll(() => Promise.all([gateway.stop(), influxd.stop()]));

  const askInfluxd = (body: string | Buffer, precision = 'ns', to = bucket): Promise<Response> =>
    fetch(`${influxd.url}/api/v2/write?org=${influxd.org}&bucket=${to}&precision=${precision}`, {
      method: 'POST',
      headers: { authorization: `Token ${influxd.token}` },
      body: new Uint8Array(Buffer.from(body)),
    });
  const askGateway = (body: string | Buffer, precision = 'ns'): Promise<Response> =>
    gateway.get(`/api/v2/write?precision=${precision}`, {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
    });
  const statuses = async (body: string | Buffer, precision?: string): Promise<[number, number]> => {
    const [theirs, ours] = await Promise.all([askInfluxd(body, precision), askGateway(body, precision)]);
    await Promise.all([theirs.text(), ours.text()]);
    return [theirs.status, ours.status];
  };

  /** Writes lines with sensors of their own, one by one, and compares what both stored. */
  const expectSame = async (lines: readonly string[]): Promise<void> => {
    // A field has one type in a bucket.
    const byType: Record<string, string[]> = { i: [], u: [], '': [] };
    for (const line of lines) {
      const answer = await askGateway(line);
      await answer.text();
      if (answer.status !== 204) continue;
      const type = /value=-?\d+([iu])(?:[ ,]|$)(?!.*value=)/.exec(line)?.[1] ?? '';
      byType[type]?.push(line);
    }
    const stored: Stored[] = [];
    for (const ofType of Object.values(byType)) {
      const own = await influxd.createBucket();
      const theirs = await askInfluxd(ofType.join('\n'), 'ns', own);
      expect([theirs.status, await theirs.text()]).toEqual([204, '']);
      stored.push(...(await storedIn(own)));
    }
    const sensors = [...new Set(stored.map(({ sensorId }) => sensorId))];
    const ours: Stored[] = [];
    for (const sensorId of sensors) {
      const path = `/api/readings/${encodeURIComponent(sensorId)}?from=1970-01-01T00:00:00Z&to=2200-01-01T00:00:00Z`;
      ours.push(...((await gateway.json(path)) as Stored[]));
    }
    expect(byText(ours)).toEqual(byText(stored));
    expect(ours.length).toBeGreaterThan(0);
  };
  const storedIn = async (of: string): Promise<Stored[]> => {
    const rows = await new InfluxDB({ url: influxd.url, token: influxd.token })
      .getQueryApi(influxd.org)
      .collectRows<Readonly<Record<string, string | number | null>>>(
        `from(bucket: "${of}") |> range(start: 1970-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
           |> toFloat() |> pivot(rowKey: ["_time", "sensor_id", "zone"], columnKey: ["_field"], valueColumn: "_value")`,
      );
    return rows.map(({ sensor_id: sensorId, zone, value, latency_ms: latencyMs, _time: time }) => ({
      sensorId: String(sensorId),
      zone: String(zone),
      value: Number(value),
      // A column is absent when no point has the field.
      ...((latencyMs ?? null) !== null && { latencyMs: Number(latencyMs) }),
      timestamp: String(time),
    }));
  };

  it.each([
    ['values', VALUES],
    ['fields', FIELDS],
    ['timestamps', TIMES],
    ['tags', TAGS],
    ['whole bodies', WHOLE],
  ])('is refused as a whole exactly when it cannot be parsed: odd %s', async (_, bodies) => {
    const wrong: unknown[] = [];
    for (const body of bodies) {
      const [theirs, ours] = await statuses(body);
      if ((theirs === 400) !== (ours === 400) || ours > 422) wrong.push([body.slice(0, 200), theirs, ours]);
    }
    expect(wrong).toEqual([]);
  });

  it('is refused as a whole exactly when it cannot be parsed, whatever comes', async () => {
    const wrong: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(anyBody, { minLength: 20, maxLength: 20 }), precision, async (bodies, of) => {
        const answers = await Promise.all(
          bodies.filter(isComparable).map(async (body) => [body, ...(await statuses(body, of))] as const),
        );
        const differing = answers.filter(([, theirs, ours]) => (theirs === 400) !== (ours === 400));
        wrong.push(...differing);
        expect(differing).toEqual([]);
      }),
      { numRuns: 40 },
    );
    expect(wrong).toEqual([]);
  });

  it('is stored as InfluxDB stores it, where both take it', async () => {
    const lines = [...VALUES, ...FIELDS, ...TIMES, ...TAGS].flatMap((line, index) => {
      const own = line.replace('sensor_id=s', `sensor_id=own_${index}`);
      return isTimed(own) && !/[tf"]/i.test(own.slice(own.indexOf('value=') + 6)) ? [own] : [];
    });
    await expectSame(lines);
    expect(lines.length).toBeGreaterThan(50);
  });

  it('is stored as InfluxDB stores it, however numbers, names and times are written', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(goodLine, { minLength: 100, maxLength: 100 }), async (lines) => {
        run += 1;
        await expectSame(lines.map((line, index) => line.replace('ID', `run_${run}_${index}`)));
      }),
      { numRuns: 2 },
    );
  });

  it.each(DIFFERENCES)('differs where the gateway %s', async (_, body, theirs, ours) => {
    expect(await statuses(body)).toEqual([theirs, ours]);
  });
});

const precision = fc.constantFrom('ns', 'us', 'ms', 's');
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
  ],
  ...[
    HEAD,
    `${HEAD} value=1`,
    `${HEAD} value=2 ${TIME}`,
    'NaN',
    '\n',
    '\n',
    ' ',
    ',',
    '=',
    '\\',
    '\\ ',
    '\\,',
    '\\=',
  ],
  ...[
    '"',
    '"two words"',
    '"\n"',
    '#',
    '\t',
    '\0',
    '\u{1f321}',
    '1e999',
    't',
    'True',
    '.5',
    '1.',
    '+1',
    TIME,
    '\\"',
    '\\\\',
  ],
];
/** Lines near to good ones, and no lines at all. */
const anyBody = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((parts) => parts.join('')),
  fc
    .tuple(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }),
      fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }),
    )
    .map(([tags, fields]) => `${HEAD}${tags.join('')} value=1${fields.join('')}`),
);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential(20)),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => value.toFixed(3)),
  fc.maxSafeInteger().map((value) => `${value}i`),
  fc.maxSafeNat().map((value) => `${value}u`),
  fc.stringMatching(/^-?\d{1,30}(\.\d{0,30})?(e-?\d{1,2})?$/),
);
const float = number.filter((text) => !/[iu]$/.test(text));
const name = fc.array(fc.constantFrom('a', 'b', '7', '"', '\\ x', '\\,', '\\=', '\u{1f321}', "'"), {
  maxLength: 6,
});
const goodLine = fc
  .record({
    name: name.map((parts) => parts.join('')),
    value: number,
    latency: fc.option(float),
    ms: fc.integer({ min: 1_767_225_600_000, max: 1_769_774_400_000 }),
    ns: fc.nat({ max: 999_999 }),
  })
  .map(({ name: of, value, latency, ms, ns }) => {
    const fields = latency === null ? `value=${value}` : `latency_ms=${latency},value=${value}`;
    return `sensor_predictions,zone=z${of},sensor_id=ID${of} ${fields} ${ms}${String(ns).padStart(6, '0')}`;
  });

/** Whether a line of the lists above has a timestamp. */
function isTimed(line: string): boolean {
  return /value=.* -?\d+ *$/.test(line);
}

/** Sorted; JSON writes times with as many digits as they need. */
function byText(stored: readonly Stored[]): string[] {
  return stored
    .map(({ timestamp, ...one }) => {
      const [whole = '', decimals = ''] = timestamp.replace('Z', '').split('.');
      return JSON.stringify([
        one.sensorId,
        one.zone,
        one.value,
        one.latencyMs,
        whole,
        decimals.padEnd(9, '0').slice(0, 6),
      ]);
    })
    .sort();
}

/** Without what DIFFERENCES names. */
function isComparable(body: string): boolean {
  return !/(?:^|\n)[ \t\0]*#.*["\\]/.test(body);
}
