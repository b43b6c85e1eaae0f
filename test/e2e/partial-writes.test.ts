import Database from 'better-sqlite3';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { rawPost } from '../support/raw-post.js';

const PATH = '/api/v2/write?precision=ms';
const HEAD = 'sensor_predictions,sensor_id=s,zone=z';
/** 2026-01-30T12:00:00Z in milliseconds. */
const TIME = 1_769_774_400_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe('line protocol with points that are refused for what they say', () => {
  let gateway: Gateway;
  let wide: Gateway;

  beforeAll(async () => {
    [gateway, wide] = await Promise.all([Gateway.start(), Gateway.start({ BATCH_MAX_RECORDS: '100000' })]);
  });
  afterAll(() => Promise.all([gateway.stop(), wide.stop()]));

  const write = async (
    body: string,
    headers: Record<string, string> = {},
    to = gateway,
    path = PATH,
  ): Promise<Answer> => {
    const response = await to.post(path, body, { 'content-type': 'text/plain', ...headers });
    return { status: response.status, text: await response.text() };
  };
  const messageOf = ({ text }: Answer): string => (JSON.parse(text) as { message: string }).message;
  const valuesOf = async (sensorId: string, of = gateway): Promise<number[]> => {
    const readings = await of.json(`/api/readings/${sensorId}?from=2026-01-01T00:00:00Z&limit=10000`);
    return (readings as { value: number }[]).map(({ value }) => value);
  };

  it('drops each of them alone, and says why in the form of InfluxDB', async () => {
    const before = await gateway.pipeline();
    const lines = [
      `${HEAD} value=1 ${TIME}`,
      '# a comment',
      'cpu,host=a usage=0.5',
      `${HEAD},host=a value=1`,
      `${HEAD} value=1,unit="two\nlines"`,
      'sensor_predictions,sensor_id=s value=1',
      `sensor_predictions,sensor_id=a\\\\b,zone=z value=1`,
      `${HEAD} value=true`,
      `${HEAD} value=9007199254740993i`,
      `${HEAD} value=2 ${Date.now() + 7_200_000}`,
      `${HEAD} value=2 60000`,
      `${HEAD} value=2${' '.repeat(17_000)}`,
      `${HEAD} value=2 ${TIME + 1}`,
    ];
    const answer = await write(lines.join('\n'));
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      422,
      { code: 'unprocessable entity', message: expect.any(String) },
    ]);
    const [head, ...reasons] = messageOf(answer).split('\n');
    expect(head).toBe('partial write: 10 of 12 points are refused');
    expect(reasons).toEqual([
      'line 3: the measurement must be sensor_predictions, got "cpu" (INVALID_READING)',
      'line 4: tag "host" is not known here; the tags are sensor_id, zone (INVALID_READING)',
      'line 5: field "unit" is not known here; the fields are value, latency_ms (INVALID_READING)',
      expect.stringMatching(/^line 7: tag zone is missing; it must be .* \(INVALID_READING\)$/),
      expect.stringMatching(/^line 8: tag sensor_id must be .* \(INVALID_READING\)$/),
      'line 9: field value must be a finite number, got "true" (INVALID_READING)',
      expect.stringMatching(
        /^line 10: .* cannot be stored exactly, got "9007199254740993i" \(INVALID_READING\)$/,
      ),
      expect.stringMatching(/^line 11: timestamp must be at most .* \(TIMESTAMP_IN_FUTURE\)$/),
      expect.stringMatching(/^line 12: timestamp must be .* \(TIMESTAMP_TOO_OLD\)$/),
      expect.stringMatching(
        /^line 13: a line must be at most 16384 characters long, got \d+ \(INVALID_READING\)$/,
      ),
      'dropped=10',
    ]);
    expect(await valuesOf('s')).toEqual([1, 2]);
    const { accepted, refused } = await gateway.pipeline();
    expect(accepted - before.accepted).toBe(2);
    expect(refused).toEqual({ INVALID_READING: 8, TIMESTAMP_IN_FUTURE: 1, TIMESTAMP_TOO_OLD: 1 });
    const metrics = await (await gateway.get('/metrics')).text();
    expect(metrics).toMatch(/refused\w*\{[^}]*code="INVALID_READING"[^}]*\} 8\n/);
    expect(metrics).not.toContain('PARTIAL_WRITE');
  });

  it('stores nothing when another line cannot be parsed, and names only that', async () => {
    const answer = await write(`sensor_predictions,sensor_id=whole,zone=z value=1\ncpu a=1\nbad\n`);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toBe(
      "line 3: unable to parse 'bad': it has no fields; it needs name=value after a space",
    );
    expect(await valuesOf('whole')).toEqual([]);
  });

  it('answers on one line for each point, whatever characters it has', async () => {
    const odd = '\u0001\u007f\u0085\u2028\u2029\r\u001b[31m';
    const dropped = messageOf(
      await write(`m${odd} a=1\n${HEAD},t${odd}=1 value=1\n${HEAD} value="${odd}\n"`),
    );
    expect(dropped.split('\n')).toHaveLength(5);
    expect(dropped).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029]/u);
    const refused = messageOf(await write(`${odd}\n${HEAD} value="${odd}\n`));
    expect(refused.split('\n')).toHaveLength(2);
    expect(refused).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029]/u);
  });

  it('accepts every second one of 100,000 lines, and names the first hundred of the others', async () => {
    const lines = Array.from({ length: 100_000 }, (_, at) =>
      at % 2 === 1
        ? `sensor_predictions,sensor_id=many,zone=z value=1 ${TIME + at}`
        : `m${'\\"'.repeat(40)} a=${at}`,
    );
    const answer = await write(lines.join('\n'), {}, wide);
    expect(Buffer.byteLength(answer.text)).toBeLessThan(64_000);
    const [head, ...rest] = messageOf(answer).split('\n');
    expect(head).toBe('partial write: 50000 of 100000 points are refused; the first 100 reasons follow');
    expect([rest.length, rest[99]?.slice(0, 9), rest[100]]).toEqual([101, 'line 199:', 'dropped=50000']);
    const { accepted, refused } = await wide.pipeline();
    expect([accepted, refused]).toEqual([50_000, { INVALID_READING: 50_000 }]);
  });

  it('keeps the end of the answer when there is no room for a hundred reasons', async () => {
    const names = '\u{1f321}'.repeat(300);
    const lines = Array.from({ length: 200 }, (_, at) => `${HEAD},${names}${at}=1 value=1`);
    const answer = await write(lines.join('\n'));
    expect(Buffer.byteLength(answer.text)).toBeLessThan(64_000);
    expect(messageOf(answer)).toMatch(/^partial write: 200 of 200 .*\ndropped=200$/s);
  });

  it('keeps nothing of a request that is to be sent again', async () => {
    const limited = await Gateway.start({ LIMIT_ADDRESS_READINGS: '2' });
    const mixed = `cpu a=1\n${HEAD} value=1 ${TIME}\n`;
    expect((await write(mixed, {}, limited)).status).toBe(422);
    expect((await write(mixed.replace('=s', '=often'), {}, limited)).status).toBe(429);
    expect(await valuesOf('often', limited)).toEqual([]);
    expect((await limited.pipeline()).refused).toEqual({ INVALID_READING: 1, RATE_LIMITED: 2 });
    await limited.stop();
    const before = await gateway.pipeline();
    await gateway.post('/api/drain', {});
    expect((await write(`cpu a=1\nsensor_predictions,sensor_id=drained,zone=z value=1`)).status).toBe(503);
    await gateway.get('/api/drain', { method: 'DELETE' });
    const { accepted, refused } = await gateway.pipeline();
    expect([accepted, refused.INVALID_READING]).toEqual([before.accepted, before.refused.INVALID_READING]);
    expect(await valuesOf('drained')).toEqual([]);
  });

  describe('under an Idempotency-Key', () => {
    const body = `sensor_predictions,sensor_id=once,zone=z value=1\ncpu a=1\n`;

    it('gets the same answer again, byte for byte, also after kill -9, and stores nothing twice', async () => {
      const first = await Gateway.start();
      const key = { 'idempotency-key': 'partial' };
      const answer = await write(body, key, first);
      expect([answer.status, messageOf(answer)]).toEqual([
        422,
        expect.stringMatching(/^partial write: 1 of 2 /),
      ]);
      expect(await write(body, key, first)).toEqual(answer);
      expect((await write(`${body}#`, key, first)).text).toContain('Idempotency-Key');
      await first.stop('SIGKILL');
      const second = await Gateway.start({ DATA_DIR: first.dataDir });
      expect(await write(body, key, second)).toEqual(answer);
      await second.settled();
      expect(await valuesOf('once', second)).toEqual([1]);
      await second.stop();
      // Now it comes from the state file.
      const third = await Gateway.start({ DATA_DIR: first.dataDir });
      expect(await write(body, key, third)).toEqual(answer);
      expect((await third.pipeline()).refused).toEqual({});
      await third.stop();
    });

    it('gets the same answer when the body is compressed anew', async () => {
      const answers: Answer[] = [];
      for (const [time, level] of [
        [1, 6],
        [2, 1],
      ] as const) {
        const zipped = gzipSync(body, { level });
        // As Python's gzip does, which writes the time into the header.
        zipped.writeUInt32LE(time, 4);
        const headers = ['Idempotency-Key: zipped', 'Content-Encoding: gzip', 'Content-Type: text/plain'];
        const { status, body: text } = await rawPost(gateway.url, PATH, zipped, headers);
        answers.push({ status, text });
      }
      expect(answers.map(({ status }) => status)).toEqual([422, 422]);
      expect(answers[1]).toEqual(answers[0]);
    });

    it('is judged anew when nothing of it was stored', async () => {
      const key = { 'idempotency-key': 'nothing' };
      const soon = `sensor_predictions,sensor_id=later,zone=z value=1 ${Date.now() + 3_602_000}`;
      expect((await write(soon, key)).status).toBe(422);
      await until(
        async () => ((await write(soon, key)).status === 204 ? true : undefined),
        'the point to be accepted',
      );
      expect((await write(soon, key)).status).toBe(204);
    });

    it('gets the answer that an earlier version remembered', async () => {
      const first = await Gateway.start();
      const key = { 'idempotency-key': 'earlier' };
      const good = `${HEAD} value=1 ${TIME}`;
      expect(await write(good, key, first)).toEqual({ status: 204, text: '' });
      await first.settled();
      await first.stop();
      const state = new Database(join(first.dataDir, 'state.db'));
      // Earlier versions remembered only requests that were accepted as a whole, in this form.
      const remembered = state
        .prepare("SELECT answer FROM remembered WHERE key LIKE '%earlier'")
        .pluck()
        .all();
      state.close();
      expect(remembered).toEqual(['{}']);
      const second = await Gateway.start({ DATA_DIR: first.dataDir });
      expect(await write(good, key, second)).toEqual({ status: 204, text: '' });
      await second.stop();
    });
  });
});
