import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import type { Locator, Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { BadServer, wellBehaved } from '../support/bad-server.js';
import { run } from '../support/child.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ShiftedClock } from '../support/shifted-clock.js';

const TEN_YEARS_S = 10 * 365 * 86_400;
const SENSORS = 2_000;
const ZONES = ['boiler_room', 'cold_store', 'hall, "north"', 'pump_house'];

/** What an expression about the first element of a selector, `part`, is in a page. */
const valueOf = (of: Page, selector: string, expression: string): Promise<unknown> =>
  of.evaluate(`((part) => ${expression})(document.querySelector(${JSON.stringify(selector)}))`);

describe('the overview', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    gateway = await Gateway.start({ SENSOR_SILENT_AFTER: '5s' });
    chromium = await Chromium.start();
    // An hour of readings for the first of each zone, one each for all others.
    const nowMs = Date.now();
    const readings = Array.from({ length: SENSORS }, (_, index) => ({ ...at(index), value: index % 97 }));
    for (let minute = 60; minute > 0; minute -= 1)
      for (let index = 0; index < 24; index += 1)
        readings.push({
          ...at(index),
          value: 20 + 5 * Math.sin(minute / 9 + index),
          ...{ timestamp: new Date(nowMs - minute * 60_000).toISOString() },
        });
    for (let start = 0; start < readings.length; start += 1_000)
      expect((await gateway.post('/api/ingest/batch', readings.slice(start, start + 1_000))).status).toBe(
        200,
      );
    await gateway.settled();
    await gateway.post('/api/rules', {
      name: 'Too hot',
      kind: 'above',
      threshold: 100,
      sensorId: 'sensor_0008',
    });
    page = await chromium.open(`${gateway.url}/#/?sort=name`);
    await tile('sensor_0000').waitFor();
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  const at = (index: number): { sensorId: string; zone: string; latencyMs: number } => ({
    sensorId: `sensor_${String(index).padStart(4, '0')}`,
    zone: ZONES[index % ZONES.length] ?? '',
    latencyMs: 1,
  });
  const tile = (sensorId: string): ReturnType<Page['locator']> => page.locator(`[data-sensor="${sensorId}"]`);
  const tilesOf = (of: Page, count: number): Promise<true> =>
    until(async () => ((await of.locator('.tile').count()) === count ? true : undefined), `${count} tiles`);
  const send = (index: number, value: number): Promise<Response> =>
    gateway.post('/api/ingest', { ...at(index), value });

  it('shows each sensor in its zone with value and last hour, and renders only visible tiles', async () => {
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe('boiler_room');
    await page.getByRole('button', { name: '2,000 all' }).waitFor();
    expect(await tile('sensor_0000').getAttribute('href')).toBe('#/sensors/sensor_0000');
    await page.locator('[data-sensor="sensor_0000"] .sparkline-line').waitFor({ state: 'attached' });
    expect(await page.locator('.tile').count()).toBeLessThan(150);
    await keepPicture(page, 'overview');
  });

  it('shows a new reading at once', async () => {
    await send(4, 77.25);
    await tile('sensor_0004').filter({ hasText: '77.25' }).waitFor();
    // No line joins it to the minutes that have ended.
    const line = page.locator('[data-sensor="sensor_0004"] .sparkline-line');
    await until(async () => {
      if (/L[^M]*M240\.0 \S+h\.1$/.test((await line.getAttribute('d')) ?? '')) return true;
      await send(4, 77.25);
      return undefined;
    }, 'a point for the minute that has not ended');
  });

  it('shows critical sensors, first if sorted so, until they are normal again', async () => {
    await send(8, 120);
    await tile('sensor_0008').filter({ hasText: 'critical' }).waitFor({ state: 'attached' });
    await page.getByLabel('Sort by').selectOption('Worst first');
    const zone = page.locator('.zone', { hasText: 'boiler_room' });
    await zone.filter({ hasText: 'critical' }).waitFor();
    expect(await page.locator('.tile').first().getAttribute('data-sensor')).toBe('sensor_0008');
    await page.getByRole('button', { name: '1 critical' }).click();
    await tilesOf(page, 1);
    expect(page.url()).toContain('state=critical');

    await page.getByRole('button', { name: /all$/ }).click();
    const trouble = page.locator('[data-trouble="sensor_0008"]');
    await trouble.filter({ hasText: 'critical' }).waitFor();
    // The pointer moves, so the order stays.
    await page.mouse.move(9, 9);
    await send(8, 50);
    await tile('sensor_0008').filter({ hasText: 'normal' }).waitFor();
    expect(await trouble.isVisible()).toBe(false);
    await page.getByRole('button', { name: '0 critical' }).waitFor();
    await page.getByLabel('Sort by').selectOption('Name');
  });

  it('ignores critical events from before their rule was changed', async () => {
    const rule = { name: 'Warm', kind: 'above', threshold: 100, sensorId: 'sensor_0012' };
    const { id } = (await (await gateway.post('/api/rules', rule)).json()) as { id: string };
    await send(12, 120);
    await tile('sensor_0012').filter({ hasText: 'critical' }).waitFor();
    const headers = { 'content-type': 'application/json' };
    const changed = JSON.stringify({ ...rule, threshold: 200 });
    expect((await gateway.get(`/api/rules/${id}`, { method: 'PUT', headers, body: changed })).status).toBe(
      200,
    );
    await page.reload();
    await tile('sensor_0012').filter({ hasText: 'normal' }).waitFor();
    await send(12, 220);
    await tile('sensor_0012').filter({ hasText: 'critical' }).waitFor();
    expect((await gateway.get(`/api/rules/${id}`, { method: 'DELETE' })).status).toBe(204);
  });

  it('shows a sensor as silent when it has sent nothing for long enough', async () => {
    await page
      .getByRole('button', { name: /^[\d,]+ silent$/ })
      .and(page.locator(':enabled'))
      .click({ timeout: 60_000 });
    await page.locator('.tile.is-silent').first().waitFor();
    expect(await valueOf(page, '.tile.is-silent .sparkline-line', 'getComputedStyle(part).stroke')).toBe(
      'rgb(138, 150, 165)',
    );
    await page.getByRole('button', { name: /all$/ }).click();
  }, 90_000);

  it('searches by name and zone, and keeps the search in the URL', async () => {
    await page.getByLabel('Search sensors and zones').fill('SENSOR_012');
    await tilesOf(page, 10);
    await page.getByLabel('Zone', { exact: true }).selectOption('hall, "north"');
    await tilesOf(page, 2);
    const again = await page.context().newPage();
    await again.goto(page.url());
    await tilesOf(again, 2);
    await again.close();
    await page.getByLabel('Search sensors and zones').fill('');
    await page.getByLabel('Zone', { exact: true }).selectOption('All zones');
  });

  it('reaches the last of thousands by scrolling', async () => {
    await tile('sensor_0000').waitFor();
    await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
    await tile('sensor_1999').waitFor();
    await page.evaluate('window.scrollTo(0, 0)');
    await tile('sensor_0000').waitFor();
  });

  it('shows sensors whose names contain separators of URLs and lists', async () => {
    const sensorId = 'a/b?c=d&e#f,g %41';
    await gateway.post('/api/ingest', { ...at(0), sensorId, value: 3 });
    await page.getByRole('link', { name: sensorId }).click();
    await page.getByRole('heading', { name: sensorId, level: 1 }).waitFor();
    await page.locator('.chart [data-points="1"]').waitFor();
    await page.goBack();
    await tile('sensor_0000').waitFor();
  });

  it('says that sensors are missing while the gateway loads those of an existing bucket', async () => {
    const store = await BadServer.start();
    store.answer = (response, path, body) => {
      if (path.startsWith('/api/v2/write')) wellBehaved(response, path, body);
      else response.writeHead(500).end();
    };
    const loading = await Gateway.start(store.variables);
    try {
      const other = await chromium.open(loading.url);
      const notice = other.getByText('The gateway is still loading the sensors of its store.');
      await notice.waitFor();
      store.answer = wellBehaved;
      await notice.waitFor({ state: 'detached' });
      await other.close();
    } finally {
      await loading.stop();
      await store.stop();
    }
  });

  it.each(['light', 'dark'] as const)('has no accessibility problems, %s', async (colours) => {
    const other = await chromium.open(`${gateway.url}/#/?sort=name`, { colours });
    await other.locator('[data-sensor="sensor_0000"]').waitFor();
    expect(await violationsOf(other)).toEqual([]);
    await keepPicture(other, `overview-${colours}`);
    await other.context().close();
  });

  it('fits a phone without scrolling sideways', async () => {
    const phone = await chromium.open(`${gateway.url}/#/?sort=name`, { width: 360, height: 780 });
    await phone.locator('[data-sensor="sensor_0000"]').waitFor();
    const width: number = await phone.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(360);
    await keepPicture(phone, 'overview-phone');
    await phone.context().close();
  });
});

describe('the overview, with sensors in trouble', () => {
  const name = (index: number): string =>
    `plant_a/line_${String((index % 20) + 1).padStart(2, '0')}/boiler_temperature_inlet_${String(index).padStart(3, '0')}`;
  const zone = (index: number): string => `line_${String((index % 20) + 1).padStart(2, '0')}`;
  /** Two in the last zone and one in the last but one. */
  const TROUBLE = [119, 139, 138];
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    await gateway.post('/api/rules', { name: 'Too hot', kind: 'above', threshold: 100 });
    await gateway.post(
      '/api/ingest/batch',
      Array.from({ length: 200 }, (_, index) => reading(index, index % 50)),
    );
    await gateway.post('/api/ingest', { ...reading(219, 7), timestamp: Date.now() - 7_200_000 });
    for (const index of TROUBLE) await gateway.post('/api/ingest', reading(index, 120 + index));
    page = await chromium.open(gateway.url);
    await item(139).waitFor();
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  function reading(index: number, value: number): object {
    return { sensorId: name(index), zone: zone(index), latencyMs: 1, value };
  }
  const item = (index: number): Locator => page.locator(`[data-trouble="${name(index)}"]`);
  const tile = (index: number): Locator => page.locator(`[data-sensor="${name(index)}"]`);
  const tick = (index: number): Locator => page.getByLabel(`Compare ${name(index)}`);

  it('names each above all zones: since when, by what rule, with which value', async () => {
    expect(await page.locator('[data-trouble].is-critical').count()).toBe(3);
    expect(await page.locator('[data-trouble]').last().textContent()).toMatch(
      /_2197.*stale.*measured 2h ago$/,
    );
    for (const index of TROUBLE) {
      const text = (await item(index).textContent()) ?? '';
      expect(text).toMatch(/critical.*since \d\d:\d\d \(\d+ ?(?:s|m)/);
      expect(text).toContain(String(120 + index));
    }
    const { id } = ((await gateway.json('/api/rules')) as { id: string }[])[0] ?? { id: '' };
    const rule = item(119).getByRole('link', { name: 'Too hot' });
    expect(await rule.getAttribute('href')).toBe(`#/rules/${id}`);
    expect(await item(119).getByRole('link').first().getAttribute('href')).toBe(
      `#/sensors/${encodeURIComponent(name(119))}`,
    );
  });

  it('shows the worst zone first, and in it the worst sensors', async () => {
    const headings = page.getByRole('heading', { level: 2 }).and(page.locator('.zone h2'));
    expect((await headings.allTextContents()).slice(0, 3)).toEqual(['line_20', 'line_19', 'line_01']);
    for (const index of [119, 139]) {
      const { y = Infinity, height = 0 } = (await tile(index).boundingBox()) ?? {};
      expect(y + height).toBeLessThan(900);
      expect(await tile(index).textContent()).toMatch(/critical for \d+/);
    }
  });

  it('cuts names in the middle, so that their ends can be told apart', async () => {
    const cut = tile(139).locator('.middle-cut');
    expect(await cut.getAttribute('title')).toBe(name(139));
    await page
      .getByRole('link', { name: new RegExp(`^${name(139)}`) })
      .nth(1)
      .waitFor();
    const end = cut.locator('.middle-cut-end');
    const isCut = (half: string): Promise<unknown> =>
      valueOf(
        page,
        `[data-sensor="${name(139)}"] .middle-cut-${half}`,
        'part.scrollWidth > part.clientWidth',
      );
    expect([await isCut('start'), await isCut('end')]).toEqual([true, false]);
    expect(await end.getAttribute('data-text')).toBe('ture_inlet_139');
    const [whole, last] = [await cut.boundingBox(), await end.boundingBox()];
    expect((last?.x ?? Infinity) + (last?.width ?? 0)).toBeLessThanOrEqual(
      (whole?.x ?? 0) + (whole?.width ?? 0) + 1,
    );
  });

  it('says so when a sensor measured nothing in the last hour', async () => {
    await tile(219).filter({ hasText: 'nothing in the last hour' }).waitFor();
  });

  it('ticks up to eight sensors to compare, by keyboard, and refuses the ninth in words', async () => {
    await tick(119).focus();
    await page.keyboard.press('Space');
    await tick(139).check();
    const bar = page.getByRole('region', { name: 'Ticked sensors' });
    const query = [119, 139].map((index) => `sensor=${encodeURIComponent(name(index))}`).join('&');
    expect(await bar.getByRole('link', { name: 'Compare' }).getAttribute('href')).toBe(`#/compare?${query}`);
    const others = page.locator('.tick input:not(:checked)');
    for (let count = 3; count <= 8; count += 1) await others.first().check();
    await bar.getByText('8 selected').waitFor();
    await others.first().click();
    await bar.getByText('8 sensors fit on one chart. Take a tick away first.').waitFor();
    expect(await page.locator('.tick input:checked').count()).toBe(8);
    expect(await violationsOf(page)).toEqual([]);
    await bar.getByRole('button', { name: 'Clear' }).click();
    await bar.waitFor({ state: 'detached' });
  });

  it('says how many more there are, and shows them', async () => {
    for (let index = 0; index < 7; index += 1) await gateway.post('/api/ingest', reading(index, 500));
    await page.getByRole('button', { name: '2 more critical' }).click();
    await page.locator('.tile:not(.is-critical)').first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '10 critical', pressed: true }).waitFor();
    expect(page.url()).toContain('state=critical');
    // The newest trouble is named first.
    expect(await page.locator('[data-trouble]').first().getAttribute('data-trouble')).toBe(name(6));
  });

  it('loses its colours when the connection is lost', async () => {
    const colour = (): Promise<unknown> =>
      valueOf(page, `[data-sensor="${name(139)}"] .state`, 'getComputedStyle(part).color');
    expect(await colour()).toBe('rgb(179, 38, 30)');
    await gateway.stop('SIGKILL');
    await page.getByRole('alert').waitFor();
    expect(await colour()).toBe('rgb(85, 100, 117)');
    expect(await violationsOf(page)).toEqual([]);
  });
});

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

describe('the overview, after the gateway’s clock stood ten years ahead', () => {
  let clock: ShiftedClock;
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    clock = await ShiftedClock.create();
    gateway = await Gateway.start(clock.variables);
    chromium = await Chromium.start();
    await addRule('boiler_1');
    await addRule('boiler_2');
    clock.set(TEN_YEARS_S);
    await addRule('boiler_3');
    for (const sensorId of ['boiler_1', 'boiler_2', 'boiler_3']) await send(sensorId, 60);
    page = await chromium.open(gateway.url);
    for (const sensorId of ['boiler_1', 'boiler_2', 'boiler_3']) await shows(sensorId, '60', 'critical');
    // That the clock was set back is an event of the gateway, which makes the page load the latest values.
    const loaded = page.waitForResponse('**/api/latest');
    clock.set(0);
    await loaded;
    // The page learns the gateway's time from the header Date of each answer, which may be a second old.
    await until(async () => {
      const { headers } = await gateway.get('/api/rules');
      return Date.parse(headers.get('date') ?? '') < Date.now() + 60_000 ? true : undefined;
    }, 'the right date');
    await page.goto(`${gateway.url}/#/log`);
    await page.locator('[data-event]').first().waitFor();
    await page.goto(`${gateway.url}/#/`);
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  async function addRule(sensorId: string): Promise<void> {
    const rule = { name: 'Too hot', kind: 'above', threshold: 50, sensorId };
    expect((await gateway.post('/api/rules', rule)).status).toBe(201);
  }
  async function send(sensorId: string, value: number): Promise<void> {
    const reading = { sensorId, zone: 'hall', latencyMs: 1, value };
    expect((await gateway.post('/api/ingest', reading)).status).toBe(201);
  }
  const shows = async (sensorId: string, value: string, state: string): Promise<void> => {
    const tile = page.locator(`[data-sensor="${sensorId}"]`).filter({ hasText: state });
    await tile.locator('.tile-value', { hasText: value }).waitFor();
  };

  it('follows the readings and the rules again', async () => {
    await send('boiler_1', 20);
    await send('boiler_2', 61);
    await send('boiler_3', 20);
    await shows('boiler_1', '20', 'normal');
    await shows('boiler_2', '61', 'critical');
    await shows('boiler_3', '20', 'normal');
    await send('boiler_3', 62);
    await shows('boiler_3', '62', 'critical');
    const at = (aheadMs: number): object => ({
      ...{ sensorId: 'ahead_1', zone: 'hall', latencyMs: 1, value: 5 },
      timestamp: Date.now() + aheadMs,
    });
    expect((await gateway.post('/api/ingest', at(30 * 60_000 + 30_000))).status).toBe(201);
    await page.locator('[data-sensor="ahead_1"]', { hasText: '30m ahead' }).waitFor();
    const line = page.locator('[data-sensor="boiler_1"] .sparkline-line');
    // The right edge, at 240, is the present.
    await until(
      async () => (/^M2[34]\d\./.test((await line.getAttribute('d')) ?? '') ? true : undefined),
      'the last hour to end with the present',
    );
  });

  it('shows the same states when it is opened again', async () => {
    await page.reload();
    await shows('boiler_2', '61', 'critical');
    await shows('boiler_3', '62', 'critical');
    // Not the first: all are normal before the log is loaded.
    await shows('boiler_1', '20', 'normal');
  });
});
