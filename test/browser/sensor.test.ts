import type { Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const MINUTE_MS = 60_000;
const SENSOR = 'boiler_1';

interface Bucket {
  readonly start: string;
}

describe('the view of a sensor', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;
  const nowMs = Date.now();

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    await gateway.post('/api/rules', {
      name: 'Too hot',
      kind: 'above',
      threshold: 80,
      hysteresis: 1,
      zone: 'hall',
    });
    // A day, one each 30 s; too hot for some minutes half an hour ago.
    const readings = Array.from({ length: 2_880 }, (_, index) => {
      const timeMs = nowMs - (2_880 - index) * 30_000;
      const isHot = timeMs > nowMs - 35 * MINUTE_MS && timeMs < nowMs - 25 * MINUTE_MS;
      const value = (isHot ? 85 : 60) + 5 * Math.sin(index / 40);
      return {
        sensorId: SENSOR,
        zone: 'hall',
        value,
        latencyMs: 2,
        timestamp: new Date(timeMs).toISOString(),
      };
    });
    for (let start = 0; start < readings.length; start += 1_000)
      expect((await gateway.post('/api/ingest/batch', readings.slice(start, start + 1_000))).status).toBe(
        200,
      );
    await gateway.settled();
    await until(
      async () => ((await gateway.json('/api/logs')) as unknown[]).length >= 2 || undefined,
      'the log',
    );
    page = await open();
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  const open = async (query = '', view = {}): Promise<Page> => {
    const opened = await chromium.open(`${gateway.url}/#/sensors/${SENSOR}${query}`, view);
    await opened.locator('.chart canvas').waitFor();
    return opened;
  };
  const points = (of: Page): Promise<number> =>
    of.locator('.chart [data-points]').getAttribute('data-points').then(Number);
  const send = (value: number): Promise<Response> =>
    gateway.post('/api/ingest', { sensorId: SENSOR, zone: 'hall', value, latencyMs: 1 });

  it('draws the last hour in buckets that fit the screen, with a description', async () => {
    const every = await page.locator('.sensor-chart').getAttribute('data-every');
    const from = new Date(Date.now() - 60 * MINUTE_MS).toISOString();
    const buckets = (await gateway.json(
      `/api/readings/${SENSOR}?from=${from}&every=${every ?? ''}`,
    )) as Bucket[];
    await until(
      async () => (Math.abs((await points(page)) - buckets.length) <= 3 ? true : undefined),
      'the chart',
    );
    expect(await page.getByRole('img').getAttribute('aria-label')).toMatch(
      /Chart of boiler_1, .*from 5\d.* to (89\.\d+|90), last value/,
    );
    await keepPicture(page, 'sensor');
  });

  it('lists the events of the sensor, with links to their moments', async () => {
    const entries = page.locator('.event-list li');
    await entries.first().waitFor();
    expect(await entries.allTextContents()).toEqual([
      expect.stringMatching(/^normal.*Too hot/),
      expect.stringMatching(/^critical.*is above 80.*Too hot/),
    ]);
    await entries.nth(1).getByRole('link').click();
    await page.waitForURL(/at=/);
    await page.getByRole('button', { name: 'Back' }).click();
    await page.waitForURL((url) => !url.hash.includes('at='));
  });

  it('adds each new reading to the chart', async () => {
    const before = await points(page);
    await send(61.5);
    await page.locator('.sensor-value', { hasText: '61.5' }).waitFor();
    await until(async () => ((await points(page)) > before ? true : undefined), 'another point');
  });

  it('zooms by dragging, in finer buckets, and goes back', async () => {
    const zoomed = await open('?range=24h');
    const coarse = await zoomed.locator('.sensor-chart').getAttribute('data-every');
    const plot = await zoomed.locator('.chart .u-over').boundingBox();
    if (!plot) throw new Error('There is no chart');
    const y = plot.y + plot.height / 2;
    await zoomed.mouse.move(plot.x + plot.width * 0.5, y);
    await zoomed.mouse.down();
    await zoomed.mouse.move(plot.x + plot.width * 0.6, y, { steps: 4 });
    await zoomed.mouse.up();
    await zoomed.waitForURL(/from=.*&to=/);
    const query = new URLSearchParams(zoomed.url().split('?')[1]);
    const lengthMs = Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
    expect(lengthMs / (24 * 60 * MINUTE_MS)).toBeCloseTo(0.1, 1);
    // The URL changes a moment before the page does.
    const every = (): Promise<string | null> => zoomed.locator('.sensor-chart').getAttribute('data-every');
    await until(async () => ((await every()) === coarse ? undefined : true), 'finer buckets');
    // 2.4 h at one each 30 s, and the few gaps that are none.
    await until(async () => (Math.abs((await points(zoomed)) - 288) < 8 ? true : undefined), 'finer buckets');
    await zoomed.getByRole('button', { name: 'Back' }).click();
    await zoomed.waitForURL(/range=24h/);

    // The same without a pointer.
    await zoomed.getByRole('button', { name: 'Zoom in' }).focus();
    await zoomed.keyboard.press('Enter');
    await zoomed.waitForURL(/from=.*&to=/);
    await zoomed.context().close();
  });

  it('shows readings as a table, page by page', async () => {
    await page.getByRole('link', { name: 'Table' }).click();
    const rows = page.locator('.readings-table tbody tr');
    await rows.first().waitFor();
    const all = (await gateway.json(`/api/readings/${SENSOR}?from=-1h&limit=1000`)) as unknown[];
    expect(Math.abs((await rows.count()) - Math.min(200, all.length))).toBeLessThanOrEqual(2);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Chart' }).click();
    await page.locator('.chart canvas').waitFor();
  });

  it('exports the same data as a file, and shows the command that reads them', async () => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${SENSOR}.csv`);
    const stream = await download.createReadStream();
    let csv = '';
    for await (const chunk of stream) csv += String(chunk);
    const there = await (
      await gateway.get(`/api/readings/${SENSOR}?from=-1h`, { headers: { accept: 'text/csv' } })
    ).text();
    expect(Math.abs(csv.split('\n').length - there.split('\n').length)).toBeLessThanOrEqual(2);
    expect(csv.split('\n')[0]).toBe(there.split('\n')[0]);

    const command = (await page.getByLabel('command that reads the same data').textContent()) ?? '';
    const [, url = ''] = /^curl '([^']+)'/.exec(command) ?? [];
    const answer = (await (await fetch(url)).json()) as Bucket[];
    expect(answer.length).toBeGreaterThan(50);
    expect(answer[0]).toHaveProperty('mean');
  });

  it('makes the gateway forget the sensor after confirmation', async () => {
    await gateway.post('/api/ingest', { sensorId: 'old', zone: 'hall', value: 1, latencyMs: 1 });
    const other = await chromium.open(`${gateway.url}/#/sensors/old`);
    await other.getByRole('button', { name: 'Forget' }).click();
    await other.getByRole('button', { name: 'Cancel' }).click();
    await other.getByRole('button', { name: 'Forget' }).click();
    await other.getByRole('button', { name: 'Forget sensor' }).click();
    await other.locator(`[data-sensor="${SENSOR}"]`).waitFor();
    expect(await other.locator('[data-sensor="old"]').count()).toBe(0);
    expect((await gateway.get('/api/latest/old')).status).toBe(404);
    await other.context().close();
  });

  it('says that a range has no readings, and that a sensor is unknown', async () => {
    const empty = await open('?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z');
    await empty.getByText('No readings in this range.').waitFor();
    await empty.context().close();
    const unknown = await chromium.open(`${gateway.url}/#/sensors/nobody`);
    await unknown.getByText('The gateway does not know this sensor.').waitFor();
    await unknown.context().close();
  });

  it.each(['light', 'dark'] as const)('has no accessibility problems, %s', async (colours) => {
    const other = await open('', { colours });
    await other.locator('.event-list li').first().waitFor();
    expect(await violationsOf(other)).toEqual([]);
    await keepPicture(other, `sensor-${colours}`);
    await other.context().close();
  });

  it('fits a phone without scrolling sideways', async () => {
    const phone = await open('', { width: 360, height: 780 });
    const width: number = await phone.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(360);
    await keepPicture(phone, 'sensor-phone');
    await phone.context().close();
  });
});
