import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Child, run } from '../support/child.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const BEARING = 'pump_03_bearing_c';
const CADENCE_MS = 1_500;

interface Named {
  readonly name: string;
}

/** Starts the demo against a gateway. */
function demo(url: string, options: readonly string[] = [], variables: Record<string, string> = {}): Child {
  return new Child('node', ['dist/cli/predictionx.js', 'demo', '--url', url, ...options], variables);
}

function waitFor(child: Child, pattern: RegExp): Promise<true> {
  return until(() => (pattern.test(child.output) ? true : undefined), `the demo to say ${String(pattern)}`);
}

/** The times of the bearing's readings, milliseconds since the Unix epoch. */
async function timesOfBearing(gateway: Gateway): Promise<number[]> {
  await gateway.settled();
  const readings = (await gateway.json(`/api/readings/${BEARING}?limit=10000`)) as { timestamp: string }[];
  return readings.map(({ timestamp }) => Date.parse(timestamp));
}

async function rulesOf(gateway: Gateway): Promise<string[]> {
  return ((await gateway.json('/api/rules')) as Named[]).map(({ name }) => name);
}

/** Waits until the gateway has accepted so many more readings. */
async function acceptsMore(gateway: Gateway, readings: number): Promise<void> {
  const { accepted } = await gateway.pipeline();
  await until(
    async () => ((await gateway.pipeline()).accepted >= accepted + readings ? true : undefined),
    'more readings',
  );
}

/** How far apart the times are, each once. */
function distances(times: readonly number[]): number[] {
  return [...new Set(times.slice(1).map((time, at) => time - (times[at] ?? NaN)))];
}

describe('demo', () => {
  it('posts a history, continues live, creates rules, and ends with code 0 on SIGTERM', async () => {
    const gateway = await Gateway.start();
    const child = demo(gateway.url, ['--history', '10m']);
    await waitFor(child, /^Open http.*\/$/m);
    await acceptsMore(gateway, 100);
    expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });

    const sensors = (await gateway.json('/api/sensors')) as { zone: string }[];
    expect(sensors).toHaveLength(36);
    expect(new Set(sensors.map(({ zone }) => zone))).toContain('pump_house');
    const times = await timesOfBearing(gateway);
    expect(times.length).toBeGreaterThan(600_000 / CADENCE_MS);
    expect(distances(times)).toEqual([CADENCE_MS]);
    const { accepted, refused } = await gateway.pipeline();
    expect(refused).toEqual({});
    expect(child.output).toContain(`Stopped: ${accepted} readings sent, 0 refused`);
    const rules = await rulesOf(gateway);
    expect(rules).toHaveLength(6);
    for (const name of rules) expect(name).toMatch(/^Demo: /);
    // Rules came before the history, so that they have judged it.
    const logs = (await gateway.json(`/api/logs?sensorId=${BEARING}&type=critical`)) as unknown[];
    expect(logs.length).toBeGreaterThan(0);
    await gateway.stop();
  });

  it('creates its rules once, and sends no time twice, when it runs again', async () => {
    const gateway = await Gateway.start();
    for (const expected of ['created 6, named "Demo: …"', '6 exist already, left unchanged']) {
      const child = demo(gateway.url, ['--history', '5m']);
      await waitFor(child, /^Open/m);
      await acceptsMore(gateway, 60);
      expect(await child.kill('SIGINT')).toEqual({ code: 0, signal: null });
      expect(child.output).toContain(`Rules: ${expected}`);
    }
    expect(await rulesOf(gateway)).toHaveLength(6);
    expect(distances(await timesOfBearing(gateway))).toEqual([CADENCE_MS]);
    await gateway.stop();
  });

  it('creates no rules and posts no history when neither is wanted', async () => {
    const gateway = await Gateway.start();
    const child = demo(gateway.url, ['--no-rules', '--history', '0', '--sensors', '50', '--rate', '400']);
    await acceptsMore(gateway, 1_000);
    await child.kill('SIGTERM');
    expect(child.output).toContain('Now 50 sensors in 6 zones send about 400 readings/s');
    expect(child.output).not.toMatch(/Rules|History/);
    expect(await rulesOf(gateway)).toEqual([]);
    await gateway.stop();
  });

  it('sends less at once when the gateway accepts no more', async () => {
    const gateway = await Gateway.start({ BATCH_MAX_RECORDS: '100' });
    const child = demo(gateway.url, ['--history', '2m']);
    await waitFor(child, /^Open/m);
    await acceptsMore(gateway, 60);
    expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(child.output).toMatch(/Stopped: \d+ readings sent, 0 refused/);
    expect(distances(await timesOfBearing(gateway))).toEqual([CADENCE_MS]);
    await gateway.stop();
  });

  it('continues when the gateway is killed and comes back, reports it once, and loses nothing', async () => {
    const first = await Gateway.start();
    const child = demo(first.url, ['--history', '0']);
    await acceptsMore(first, 60);
    await first.stop('SIGKILL');
    await waitFor(child, /^Waiting/m);
    const second = await Gateway.start({ DATA_DIR: first.dataDir, PORT: new URL(first.url).port });
    await waitFor(child, /^Continuing$/m);
    await acceptsMore(second, 60);
    await child.kill('SIGTERM');
    expect(child.output.match(/^Waiting|^Continuing/gm)).toEqual(['Waiting', 'Continuing']);
    expect(distances(await timesOfBearing(second))).toEqual([CADENCE_MS]);
    await second.stop();
  });

  it('waits for a gateway that is not there yet, and says how to start one', async () => {
    const before = await Gateway.start();
    await before.stop();
    const child = demo(before.url, ['--history', '0']);
    await waitFor(child, /^No gateway responds at http.*\nStart one with "npm start" in another terminal/m);
    const gateway = await Gateway.start({ PORT: new URL(before.url).port });
    await waitFor(child, /^Connected$/m);
    await acceptsMore(gateway, 60);
    expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await gateway.stop();
  });

  it('ends at once while it waits', async () => {
    const before = await Gateway.start();
    await before.stop();
    const child = demo(before.url);
    await waitFor(child, /^No gateway responds/m);
    expect(await child.kill('SIGINT')).toEqual({ code: 0, signal: null });
    expect(child.output).toContain('Stopped: 0 readings sent, 0 refused');
  });

  it('ends at once while a request gets no answer', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const child = demo(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    await once(silent, 'request');
    const killed = child.kill('SIGINT');
    // A request is given up after 30 s.
    const tooLate = new Promise((resolve) => setTimeout(resolve, 15_000, 'too late').unref());
    expect(await Promise.race([killed, tooLate])).toEqual({ code: 0, signal: null });
    silent.closeAllConnections();
    silent.close();
  });

  describe('with a gateway that requires keys', () => {
    let gateway: Gateway;

    beforeAll(async () => {
      gateway = await Gateway.start({ ADMIN_KEY });
      gateway.key = ADMIN_KEY;
    });
    afterAll(async () => {
      await gateway.stop();
    });

    it.each<[string, string[], string]>([
      ['no key', [], 'it requires a key'],
      ['a wrong key', ['--key', 'pxk_wrong'], 'this key is not valid'],
    ])('says how to create one when it has %s', async (_name, options, message) => {
      const child = demo(gateway.url, options);
      expect((await child.exited).code).toBe(1);
      expect(child.output).toContain(message);
      expect(child.output).toContain('npm run keys -- create --name demo --role admin');
      expect(child.output).not.toContain('pxk_wrong');
      expect(child.output).not.toContain(' at ');
    });

    it('continues without rules when the key does not allow them, and says what is refused', async () => {
      const { key } = await makeKey(gateway, { name: 'pumps', role: 'device', zones: ['pump_house'] });
      const child = demo(gateway.url, ['--key', key, '--history', '1m']);
      await waitFor(child, /^Open/m);
      await acceptsMore(gateway, 20);
      expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(child.output).toMatch(
        /^Rules: none created, the gateway refuses \(.*\); the demo continues without them$/m,
      );
      expect(child.output.match(/^The gateway refuses readings: zone must be /gm)).toHaveLength(1);
      expect(child.output).toMatch(/Stopped: [1-9]\d* readings sent, [1-9]\d* refused/);
      expect(await rulesOf(gateway)).toEqual([]);
    });

    it('takes the key from the environment, and stays within its limits', async () => {
      const { key } = await makeKey(gateway, { name: 'slow', role: 'admin', requestsPerSecond: 2 });
      const child = demo(gateway.url, ['--history', '0'], { PREDICTIONX_KEY: key });
      await waitFor(child, /^Waiting\. The gateway says: /m);
      await acceptsMore(gateway, 60);
      expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(child.output).toContain('Rules: created 6');
      // It waits with nearly each request, and need not say so each time.
      expect(child.output.match(/^Waiting/gm)).toHaveLength(1);
      expect(child.output).toMatch(/Stopped: [1-9]\d* readings sent, 0 refused/);
    });
  });

  it.each<[string, string, string]>([
    ['--sensors', '0', 'It must be a whole number from 1 to 100000.'],
    ['--sensors', '2.5', 'It must be a whole number from 1 to 100000.'],
    ['--rate', 'fast', 'It must be a number from 0.01 to 50000.'],
    ['--history', '1y', 'It must be a duration such as "30s", "5m", "24h" or "1d", at most 366d, or 0.'],
    ['--seed', '-1', 'It must be a whole number from 0 to 2147483647.'],
    ['--url', 'here', '--url must be a URL such as http://127.0.0.1:8000, got "here"'],
  ])('says in one line what is wrong with %s %s', async (option, value, message) => {
    const { code, output } = await run('node', ['dist/cli/predictionx.js', 'demo', option, value]);
    expect(code).toBeGreaterThan(0);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain(option);
    expect(output).toContain(value);
    expect(output).toContain(message);
  });

  it.each<[string, string, string]>([
    ['--key', 'not-a key', '--key must be printable ASCII characters without spaces'],
    ['--url', 'http://me:not-a@127.0.0.1:8000', '--url must not contain a user or password'],
  ])('does not repeat a secret in what is wrong with %s', async (option, value, message) => {
    const { code, output } = await run('node', ['dist/cli/predictionx.js', 'demo', option, value]);
    expect([code, output]).toEqual([2, expect.stringContaining(message)]);
    expect(output).not.toContain('not-a');
  });
});
