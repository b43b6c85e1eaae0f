import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY } from '../support/keys.js';

const READING = JSON.stringify({ sensorId: 's', zone: 'z', value: 1, latencyMs: 1 });
const MIB = 1 << 20;

/** A connection that keeps everything it receives. */
class Line {
  text = '';
  isClosed = false;
  private readonly socket: Socket;

  constructor(gateway: Gateway) {
    this.socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    this.socket.on('error', () => undefined).once('close', () => (this.isClosed = true));
  }

  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  head(route: string, ...headers: string[]): Promise<void> {
    return this.write([`${route} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n'));
  }

  /** Writes as much as the other side takes, and returns once there is room for more, or the connection is gone. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.isClosed || this.socket.write(bytes)) return;
    const given = new AbortController();
    const { signal } = given;
    const ends = ['drain', 'close'].map((event) => once(this.socket, event, { signal }));
    await Promise.race(ends).finally(() => {
      given.abort();
    });
    await Promise.allSettled(ends);
  }

  async chunk(bytes: Buffer): Promise<void> {
    await this.write(`${bytes.length.toString(16)}\r\n`);
    await this.write(bytes);
    await this.write('\r\n');
  }

  answers(count: number): Promise<number[]> {
    return until(() => (this.statuses.length >= count ? this.statuses : undefined), `${count} answers`);
  }

  closed(): Promise<true> {
    return until(() => this.isClosed || undefined, 'the connection to be closed');
  }

  /** Disconnects with a FIN, if everything was read that the gateway sent. */
  vanish(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }
}

const json = 'Content-Type: application/json';
const signed = `Authorization: Bearer ${ADMIN_KEY}`;
const gzip = 'Content-Encoding: gzip';
const chunked = 'Transfer-Encoding: chunked';

describe('bodies', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ ADMIN_KEY, REQUEST_TIMEOUT: '20s' });
    gateway.key = ADMIN_KEY;
  });
  afterAll(() => gateway.stop());

  const rss = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) * 1024;
  const bodyOf = (bytes: number): string => READING.padEnd(bytes);
  const accepts = async (bytes: number): Promise<void> => {
    expect((await gateway.post('/api/ingest', bodyOf(bytes))).status).toBe(201);
  };
  const room = (): Promise<true> =>
    until(
      async () => (await gateway.post('/api/ingest', bodyOf(8 * MIB))).status === 201 || undefined,
      'room for a large body',
      5_000,
    );

  it.each([
    ['too large', 413, signed],
    ['signed with a wrong key', 401, 'X-API-Key: wrong'],
  ])('of 20 MB that are %s are refused, and the connection serves the next', async (_, status, key) => {
    const piece = Buffer.alloc(100_000, ' ');
    for (const length of [20_000_000, undefined]) {
      const line = new Line(gateway);
      const size = length === undefined ? chunked : `Content-Length: ${length}`;
      await line.head('POST /api/ingest', json, key, size);
      for (let sent = 0; sent < 20_000_000; sent += piece.length)
        await (length === undefined ? line.chunk(piece) : line.write(piece));
      if (length === undefined) await line.write('0\r\n\r\n');
      await line.head('GET /api/health/live');
      expect(await line.answers(2)).toEqual([status, 200]);
      line.vanish();
    }
  });

  it('that never end are answered once', async () => {
    const impatient = await Gateway.start({ ADMIN_KEY, REQUEST_TIMEOUT: '1s', HEADERS_TIMEOUT: '1s' });
    for (const length of [50, 20_000_000]) {
      const line = new Line(impatient);
      await line.head('POST /api/ingest', json, `Content-Length: ${length}`);
      await line.write(' ');
      await line.closed();
      expect(line.statuses).toEqual([401]);
    }
    await impatient.stop();
  });

  it('that never end do not delay shutdown', async () => {
    const ending = await Gateway.start({ ADMIN_KEY });
    const line = new Line(ending);
    await line.head('POST /api/ingest', json, 'Content-Length: 20000000');
    await line.answers(1);
    const stopped = ending.stop();
    await line.closed();
    expect((await stopped).code).toBe(0);
  });

  it('in gzip are read in chunks of any size, and with several members', async () => {
    const readings = Buffer.from(`${READING}\n`.repeat(100));
    const middle = 1_234;
    const one = gzipSync(readings);
    const two = Buffer.concat([gzipSync(readings.subarray(0, middle)), gzipSync(readings.subarray(middle))]);
    for (const whole of [one, two])
      for (const size of [1, 2, 3, 7, 50]) {
        const line = new Line(gateway);
        const type = 'Content-Type: application/x-ndjson';
        await line.head('POST /api/ingest/batch', type, signed, gzip, chunked, 'Connection: close');
        for (let at = 0; at < whole.length; at += size) await line.chunk(whole.subarray(at, at + size));
        await line.write('0\r\n\r\n');
        await line.closed();
        expect(line.text).toMatch(/^HTTP\/1\.1 200 [^]*"accepted":100\b/);
      }
  });

  it('in gzip are refused when truncated, or with bytes other than zeros after their end', async () => {
    const whole = gzipSync(READING);
    const send = async (...pieces: Buffer[]): Promise<string> => {
      const line = new Line(gateway);
      await line.head('POST /api/ingest', json, signed, gzip, chunked, 'Connection: close');
      for (const piece of pieces) await line.chunk(piece);
      await line.write('0\r\n\r\n');
      await line.closed();
      return line.text;
    };
    for (const at of [1, 9, 10, 30, whole.length - 1])
      expect(await send(whole.subarray(0, at))).toMatch(/^HTTP\/1\.1 400 [^]*"INVALID_ENCODING"/);
    expect(await send(Buffer.from('no gzip at all'))).toMatch(/^HTTP\/1\.1 400 [^]*"INVALID_ENCODING"/);
    expect(await send(whole, Buffer.from('x'))).toMatch(/^HTTP\/1\.1 400 [^]*"INVALID_ENCODING"/);
    // zlib itself stops at a zero, and ignores what follows.
    for (const pieces of [
      [Buffer.concat([whole, Buffer.alloc(1), whole])],
      [whole, Buffer.alloc(1), Buffer.from('x')],
    ])
      expect(await send(...pieces)).toMatch(/^HTTP\/1\.1 400 [^]*after the end of gzip/);
    // Zeros pad a block of a tape or disk, and are not part of the gzip data.
    for (const size of [1, 100_000])
      expect(await send(whole, Buffer.alloc(size), Buffer.alloc(size))).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('in broken gzip are refused at once, and the connection serves the next', async () => {
    for (const length of [60_000, 200_000]) {
      const line = new Line(gateway);
      await line.head('POST /api/ingest', json, signed, gzip, `Content-Length: ${length}`);
      await line.write(Buffer.alloc(30_000, 'x'));
      expect(await line.answers(1)).toEqual([400]);
      await line.write(Buffer.alloc(length - 30_000, 'x'));
      await line.head('GET /api/health/live');
      expect(await line.answers(2)).toEqual([400, 200]);
      line.vanish();
    }
  });

  it('in gzip are inflated up to the limit only, and the gateway does not wait for the rest', async () => {
    // 8 MiB of these zeros fit into the first 10 KiB; the other 99 % never come.
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    const line = new Line(gateway);
    await line.head('POST /api/ingest', json, signed, gzip, 'Content-Length: 8000000');
    await line.write(bomb);
    expect(await line.answers(1)).toEqual([413]);
    line.vanish();
  });

  it('beyond the memory limit get 503, and all memory is given back, also by clients that disconnect', async () => {
    const heavy = Array.from({ length: 12 }, () => new Line(gateway));
    const zipped = gzipSync(Buffer.alloc(5 * MIB, ' '));
    await Promise.all(
      heavy.map(async (line, index) => {
        const isGzip = index % 2 === 0;
        await line.head('POST /api/ingest', json, signed, chunked, ...(isGzip ? [gzip] : []));
        if (isGzip) await line.chunk(zipped);
        else for (let sent = 0; sent < 5; sent += 1) await line.chunk(Buffer.alloc(MIB, ' '));
      }),
    );
    // Four times 5 MiB fit into three quarters of 32; these bodies never end, so they get no response.
    await until(
      () => heavy.filter(({ statuses }) => statuses.length > 0).length >= 8 || undefined,
      'refusals',
    );
    // Another sender does not notice.
    const created = await gateway.post('/api/keys', { name: 'other', role: 'device' });
    const { key } = (await created.json()) as { key: string };
    const other = await gateway.post('/api/ingest', bodyOf(8 * MIB), { authorization: `Bearer ${key}` });
    expect(other.status).toBe(201);
    const refused = heavy.filter(({ statuses }) => statuses.length > 0);
    for (const { text } of refused) expect(text).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1[^]*"TOO_BUSY"/i);
    const large = await gateway.post('/api/ingest', bodyOf(6 * MIB));
    expect([large.status, large.headers.get('retry-after')]).toEqual([503, '1']);
    // Small ones fit all the same.
    await accepts(100);
    for (const line of heavy) line.vanish();
    await room();
    for (let count = 0; count < 5; count += 1) await accepts(8 * MIB);
  });

  // One that waits for another's answer is never closed by itself. While another sender is active, two bodies fit.
  it.each(['closes the connection', 'resets the connection'])(
    'that wait behind a stream give their memory back when the client %s',
    async (how) => {
      const line = new Line(gateway);
      await line.head('GET /api/stream', signed);
      for (let count = 0; count < 2; count += 1) {
        await line.head('POST /api/ingest', json, signed, `Content-Length: ${7 * MIB}`);
        await line.write(bodyOf(7 * MIB));
      }
      const events = (): number => line.text.split('event: reading').length - 1;
      await until(() => events() === 2 || undefined, 'both bodies to be accepted');
      if (how.startsWith('closes')) line.vanish();
      else line.reset();
      // Long before the stream's next heartbeat, which would find that the client has gone.
      await room();
    },
  );

  it('take little memory when they come byte by byte', async () => {
    const before = rss();
    const line = new Line(gateway);
    await line.head('POST /api/ingest', json, signed, chunked, 'Connection: close');
    const bytes = '1\r\n \r\n'.repeat(MIB / 8);
    let most = before;
    for (let count = 0; count < 24; count += 1) {
      await line.write(bytes);
      most = Math.max(most, rss());
    }
    await line.write(`${READING.length.toString(16)}\r\n${READING}\r\n0\r\n\r\n`);
    await line.closed();
    expect(line.statuses).toEqual([201]);
    // 3 MiB; each of them would be a Buffer of some hundred bytes.
    expect(most - before).toBeLessThan(150 * MIB);
  });

  it('in gzip are dropped when their clients disconnect before they are inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(7 * MIB, ' '));
    const before = rss();
    for (let count = 0; count < 300; count += 1) {
      const line = new Line(gateway);
      await line.head('POST /api/ingest', json, signed, gzip, `Content-Length: ${bomb.length}`);
      await line.write(bomb);
      line.vanish();
    }
    await accepts(6 * MIB);
    expect(rss() - before).toBeLessThan(250 * MIB);
  });

  it('in gzip, many at once, are accepted or get 503', async () => {
    const body = gzipSync(bodyOf(6 * MIB));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const send = (): Promise<Response> => gateway.get('/api/ingest', { method: 'POST', body, headers });
    const answers = await Promise.all(Array.from({ length: 40 }, send));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([201, 503]));
    expect((await send()).status).toBe(201);
  });
});

describe('thousands of wrong keys, sent without waiting for responses,', () => {
  it('get their connections closed, and do not affect a good key from the same IP address', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    const wrong = 'GET /api/latest HTTP/1.1\r\nHost: localhost\r\nX-API-Key: wrong\r\n\r\n'.repeat(5_000);
    const lines = Array.from({ length: 4 }, () => new Line(gateway));
    const attack = Promise.all(lines.map((line) => line.write(wrong)));
    for (let count = 0; count < 20; count += 1) expect((await gateway.get('/api/latest')).status).toBe(200);
    await attack;
    for (const line of lines) await line.closed();
    const statuses = lines.flatMap((line) => line.statuses);
    expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
    expect((await gateway.get('/api/latest')).status).toBe(200);
    await gateway.stop();
  });

  it('do not delay shutdown', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY, LIMIT_WRONG_KEYS: '1' });
    const ask = (): Promise<number> =>
      gateway.get('/api/latest', { headers: { 'x-api-key': 'wrong' } }).then(
        ({ status }) => status,
        () => 0,
      );
    const asked = Array.from({ length: 200 }, ask);
    await Promise.race(asked);
    expect((await gateway.stop()).code).toBe(0);
    // A connection that was no longer accepted gets no answer; each accepted one gets one.
    expect([401, 429, 0]).toEqual(expect.arrayContaining(await Promise.all(asked)));
  });
});
