import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { createGzip } from 'node:zlib';

import { run } from '../support/child.js';
import { emptyFolder, ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const GIB = 1 << 30;
const LOWEST_PRIORITY = 19;
/** What an attack may cost in memory: the bodies that may be held, and what V8 has not collected yet. */
const MAX_GROWTH_BYTES = 100 << 20;

/** Latencies of the good device in milliseconds, and memory in MiB. */
interface Figures {
  readonly attack: string;
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly rssBefore: number;
  readonly rssMax: number;
}

type Counts = Readonly<Record<string, number>>;

const figures: Figures[] = [];

describe('a gateway under attack', () => {
  let gateway: Gateway;
  let device: string;
  let bombFile: string;

  beforeAll(async () => {
    gateway = await Gateway.start({
      ADMIN_KEY,
      HEADERS_TIMEOUT: '5s',
      REQUEST_TIMEOUT: '5s',
      // The bomb's gzip is larger than the default, and is to be inflated.
      BODY_MAX_BYTES: String(16 << 20),
    });
    gateway.key = ADMIN_KEY;
    device = (await makeKey(gateway, { name: 'good', role: 'device' })).key;
    bombFile = join(emptyFolder(), 'bomb.gz');
    writeFileSync(bombFile, await makeBomb());
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

  /** Runs one of test/support/attacks.mjs. @returns what it was answered */
  const attack = async (name: string, bombFile = ''): Promise<unknown> => {
    const script = join('test', 'support', 'attacks.mjs');
    const args = ['-n', String(LOWEST_PRIORITY), 'node', script, name, gateway.url, device, bombFile];
    const { code, output } = await run('nice', args);
    if (code !== 0) throw new Error(output);
    return JSON.parse(output);
  };

  it('serves a good device in bounded memory beside 1,000 connections that send their headers a byte at a time', async () => {
    await beside('1,000 slow-loris connections', () => attack('slowLoris'));
  });

  it('serves a good device in bounded memory beside a gzip body of 10 GiB, again and again', async () => {
    expect(await beside('a gzip bomb of 10 GiB', () => attack('bomb', bombFile))).toEqual({
      413: expect.any(Number) as number,
    });
  });

  it('serves a good device in bounded memory beside ten gzip bodies of 10 GiB at once', async () => {
    const statuses = await beside('10 gzip bombs of 10 GiB', () => attack('bombs', bombFile));
    // A body without room for it gets 503 before any of it is read.
    expect(['413', '503']).toEqual(expect.arrayContaining(Object.keys(statuses as Counts)));
    expect((statuses as Counts)['413']).toBeGreaterThan(0);
  });

  it('serves a good device in bounded memory beside 100,000 wrong keys', async () => {
    const statuses = await beside('100,000 wrong keys', () => attack('wrongKeys'));
    expect(Object.keys(statuses as Counts)).toEqual(['401', '429']);
    expect((statuses as Counts)['429']).toBeGreaterThan(99_000);
    // 2,500 a second are answered at most.
  }, 180_000);

  it.each([
    ['a body', 'largeBody', 1],
    ['two bodies', 'largeBodies', 2],
  ])(
    'serves a good device in bounded memory beside %s of 100 MB, with and without a key, with and without its length',
    async (what, name, atOnce) => {
      const { good, wrong } = (await beside(`${what} of 100 MB`, () => attack(name))) as {
        good: Counts;
        wrong: Counts;
      };
      // As above, a body without room for it gets 503: of two at once, the second may.
      expect((good['413'] ?? 0) + (good['503'] ?? 0)).toBe(2 * atOnce);
      expect(good['413']).toBeGreaterThanOrEqual(atOnce);
      expect((wrong['401'] ?? 0) + (wrong['429'] ?? 0)).toBe(2 * atOnce);
    },
  );
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
