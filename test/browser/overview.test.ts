import type { Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { BadServer, wellBehaved } from '../support/bad-server.js';
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
