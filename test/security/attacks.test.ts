import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { createGzip } from 'node:zlib';

import { ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const GIB = 1 << 30;
/** What an attack may cost in memory: some bodies of 8 MiB and their copies, and what V8 has not collected yet. */
const MAX_GROWTH_BYTES = 250 << 20;

/** Latencies of the good device in milliseconds, and memory in MiB. */
interface Figures {
  readonly attack: string;
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly rssBefore: number;
  readonly rssMax: number;
}

const figures: Figures[] = [];

describe('a good device is served, and memory stays,', () => {
  let gateway: Gateway;
  let device: string;

  beforeAll(async () => {
    gateway = await Gateway.start({
      ADMIN_KEY,
      HEADERS_TIMEOUT: '5s',
      REQUEST_TIMEOUT: '10s',
      // The bomb's gzip is larger than the default, and is to be inflated.
      BODY_MAX_BYTES: String(16 << 20),
    });
    gateway.key = ADMIN_KEY;
    device = (await makeKey(gateway, { name: 'good', role: 'device' })).key;
    await beside('warming up', () => sleep(3_000));
    await beside('nothing', () => sleep(5_000));
  });
  afterAll(async () => {
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    writeFileSync(join(ROOT, 'artifacts', 'attacks.json'), JSON.stringify(figures, null, 2));
    await gateway.stop();
  });

  const rss = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) * 1024;

  /** Does something while a device sends readings. Every one of them must be accepted. */
  const beside = async <T>(attack: string, act: () => Promise<T>): Promise<T> => {
    const rssBefore = rss();
    let rssMax = rssBefore;
    const watching = setInterval(() => {
      rssMax = Math.max(rssMax, rss());
    }, 20);
    const workerData = { url: gateway.url, key: device };
    const worker = new Worker(join(ROOT, 'test', 'support', 'good-device.mjs'), { workerData });
    const done = once(worker, 'message') as Promise<[{ tookMs: number[]; statuses: unknown[] }]>;
    try {
      return await act();
    } finally {
      worker.postMessage('stop');
      const [{ tookMs, statuses }] = await done;
      clearInterval(watching);
      tookMs.sort((a, b) => a - b);
      const quantile = (part: number): number =>
        Math.round(100 * (tookMs[Math.floor(part * tookMs.length)] ?? 0)) / 100;
      figures.push({
        attack,
        requests: tookMs.length,
        p50: quantile(0.5),
        p99: quantile(0.99),
        rssBefore: Math.round(rssBefore / 2 ** 20),
        rssMax: Math.round(rssMax / 2 ** 20),
      });
      expect(statuses).toEqual([201]);
      if (attack !== 'warming up') expect(rssMax - rssBefore).toBeLessThan(MAX_GROWTH_BYTES);
    }
  };

  const ask = (method: string, path: string, key: string, body: string, agent: Agent): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      request(gateway.url + path, { method, agent, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
        .once('error', reject)
        .end(body);
    });

  it('beside 1,000 connections that send their headers a byte at a time', async () => {
    await beside('1,000 slow-loris connections', async () => {
      let open = 1_000;
      const sockets = Array.from({ length: open }, () =>
        connect(Number(new URL(gateway.url).port), '127.0.0.1'),
      );
      for (const socket of sockets) {
        socket.on('error', () => undefined).once('close', () => (open -= 1));
        socket.resume().write('POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
      }
      // They would go on for ever; the gateway ends them.
      while (open > 0) {
        for (const socket of sockets) if (socket.writable) socket.write('x');
        await sleep(500);
      }
    });
  });

  it('beside a gzip body that would inflate to 10 GiB, sent ten times at once', async () => {
    const bomb = await makeBomb();
    expect(bomb.length).toBeLessThan(16 << 20);
    await beside('10 gzip bombs of 10 GiB', async () => {
      const send = (): Promise<Response> =>
        gateway.get('/api/ingest/batch', {
          method: 'POST',
          body: bomb,
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        });
      const answers = await Promise.all(Array.from({ length: 10 }, send));
      const statuses = answers.map(({ status }) => status);
      // What there is no room for is put off before anything of it is read.
      expect(statuses.filter((status) => status !== 413 && status !== 503)).toEqual([]);
      expect(statuses).toContain(413);
    });
  });

  it('beside 100,000 wrong keys', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const statuses = await beside('100,000 wrong keys', async () => {
      const counts = new Map<number, number>();
      let left = 100_000;
      const tryKeys = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const status = await ask('GET', '/api/latest', `pxk_wrong_${left}`, '', agent);
          counts.set(status, (counts.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 32 }, tryKeys));
      return counts;
    });
    agent.destroy();
    expect([...statuses.keys()].sort()).toEqual([401, 429]);
    expect(statuses.get(429)).toBeGreaterThan(99_000);
  });

  it('beside bodies of 100 MB, with and without a key, with and without their length', async () => {
    await beside('8 bodies of 100 MB', async () => {
      for (const key of [device, 'pxk_wrong'])
        for (const length of [100_000_000, undefined]) {
          const outcomes = await Promise.all([flood(key, length), flood(key, length)]);
          const refused = key === device ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 4(01|29) /;
          for (const outcome of outcomes) expect(outcome).toMatch(refused);
        }
    });
  });

  /** Sends as much as is taken, up to 100 MB. @returns what is answered */
  const flood = async (key: string, length: number | undefined): Promise<string> => {
    const socket: Socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const size = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    socket.write(
      `POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\n${size}\r\n\r\n`,
    );
    const chunk = ' '.repeat(65_536);
    const bytes = length === undefined ? `10000\r\n${chunk}\r\n` : chunk;
    for (let sent = 0; sent < 100_000_000 && socket.writable; sent += chunk.length) {
      if (!socket.write(bytes))
        await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
    }
    while (answer === '' && !socket.closed) await sleep(20);
    socket.destroy();
    return answer;
  };
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** 10 GiB of zeros: one GiB, ten times over, which gzip allows. */
async function makeBomb(): Promise<Buffer<ArrayBuffer>> {
  const gzip = createGzip({ level: 9 });
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  const zeros = Buffer.alloc(1 << 20);
  for (let written = 0; written < GIB; written += zeros.length)
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  gzip.end();
  await finished(gzip);
  return Buffer.concat(Array.from({ length: 10 }, () => Buffer.concat(chunks)));
}
