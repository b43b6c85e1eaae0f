import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import type { Page } from 'playwright-core';

import { Chromium, violationsOf } from '../support/browser.js';
import { run } from '../support/child.js';
import { Gateway } from '../support/gateway.js';

describe('how to connect a device', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    page = await chromium.open(`${gateway.url}/#/connect`);
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  async function snippet(language: string): Promise<string> {
    await page.getByRole('tab', { name: language, exact: true }).click();
    return (await page.getByRole('tabpanel').locator('pre').textContent()) ?? '';
  }

  it('shows programs that send readings, and repeat one so that it counts once', async () => {
    const [curl, python, microPython] = [
      await snippet('curl'),
      await snippet('Python'),
      await snippet('MicroPython'),
    ];
    // It refuses the first request for each reading.
    const bodies: { body: string; key: unknown }[] = [];
    const busy = createServer((request, response) => {
      void text(request).then((body) => {
        const key = request.headers['idempotency-key'];
        bodies.push({ body, key });
        const isRepeated = bodies.filter((one) => one.body === body && one.key === key).length === 2;
        response.writeHead(isRepeated ? 201 : 503, { connection: 'close' }).end('{"from":"busy"}');
      });
    });
    await once(busy.listen(0, '127.0.0.1'), 'listening');
    const address = busy.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const variables = {
      PYTHONPATH: 'test/fixtures/devices/micropython',
      MICROPYTHON_HTTP: '1.1',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const runAll = (url: string): Promise<string[]> =>
      Promise.all(
        [
          ['bash', '-c', curl],
          ['timeout', '3', 'python3', '-uc', python],
          ['timeout', '3', 'python3', '-uc', microPython],
        ].map(async ([program = '', ...args]) => {
          const adapted = args.map((arg) => arg.replace(gateway.url, url));
          return (await run(program, adapted, variables)).output;
        }),
      );
    try {
      const [sent, repeated] = await Promise.all([runAll(gateway.url), runAll(`http://127.0.0.1:${port}`)]);
      for (const output of sent) expect(output).toContain('"success":true');
      for (const output of repeated) expect(output).toMatch(/busy.*busy/s);
      expect(bodies.length).toBe(6);
    } finally {
      busy.close();
    }
  });

  it('says that the gateway listens on loopback alone, and how to change that', async () => {
    await page.getByText('Only this machine reaches the gateway:').waitFor();
    const start = page.getByLabel('command that starts the gateway on all addresses');
    expect(await start.textContent()).toBe('HOST=0.0.0.0 npm start');
    await page.getByText('with the same PORT and DATA_DIR as now').waitFor();
  });

  it('has programs with an address that other machines can reach, if there is one', async () => {
    const open = await Gateway.start({ HOST: '0.0.0.0', AUTH: 'off' });
    try {
      const { port } = new URL(open.url);
      const other = await chromium.open(`http://127.0.0.1:${port}/#/connect`);
      const { urls } = (await open.json('/api/about')) as { urls: string[] };
      await other.getByText(`curl ${urls[0] ?? ''}/api/ingest`).waitFor();
      expect(await other.getByText('Only this machine reaches').count()).toBe(0);
      await other.context().close();
    } finally {
      await open.stop();
    }
  });

  it('is reached by keyboard, tab by tab', async () => {
    await page.getByRole('tab', { name: 'curl' }).click();
    await page.keyboard.press('End');
    await page
      .getByLabel('sketch for the ESP32')
      .filter({ hasText: `${gateway.url}/api/ingest` })
      .waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByLabel('command that sends a reading').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
});
