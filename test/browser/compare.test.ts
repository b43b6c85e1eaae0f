import type { Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

/** Names with what separates lists and parameters. */
const SENSORS = ['pump_1', 'hall, left & right', 'line #3'];

describe('the view that compares sensors', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  const nowMs = Date.now();

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    const readings = SENSORS.flatMap((sensorId, sensor) =>
      Array.from({ length: 120 }, (_, index) => ({
        sensorId,
        zone: 'hall',
        value: 100 ** sensor * (1 + index / 1_000),
        latencyMs: 2,
        timestamp: new Date(nowMs - (120 - index) * 30_000).toISOString(),
      })),
    );
    expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
    await gateway.settled();
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  const legend = (page: Page): Promise<string[]> =>
    page
      .locator('.compare-name')
      .evaluateAll((names: { textContent: string }[]) => names.map(({ textContent }) => textContent));
  const points = (page: Page): Promise<number> =>
    page.locator('.chart [data-points]').getAttribute('data-points').then(Number);

  it('adds sensors from the page of one, and its URL brings back exactly this', async () => {
    const page = await chromium.open(`${gateway.url}/#/sensors/pump_1?range=6h`);
    await page.getByRole('link', { name: 'Add another sensor' }).click();
    for (const sensorId of SENSORS.slice(1)) {
      await page.getByLabel('Add a sensor').fill(sensorId);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.locator('.compare-name', { hasText: sensorId }).waitFor();
    }
    await page.getByText('The values are of very different size').waitFor();
    // The tick follows the URL, not the click itself.
    await page.getByLabel('Own scale each').click();
    await page.getByText('so heights do not compare').waitFor();

    const again = await chromium.open(page.url());
    await until(async () => ((await points(again)) > 100 ? true : undefined), 'the chart');
    expect(await legend(again)).toEqual(SENSORS);
    expect(await again.getByLabel('Own scale each').isChecked()).toBe(true);
    expect(await again.getByRole('button', { name: '6h' }).getAttribute('aria-pressed')).toBe('true');
    expect(await violationsOf(again)).toEqual([]);
    await keepPicture(again, 'compare');
    await again.getByRole('link', { name: 'Remove line #3' }).click();
    await until(async () => ((await legend(again)).length === 2 ? true : undefined), 'two sensors');
    await again.context().close();
    await page.context().close();
  });

  it('shows the values under the cursor in the legend, and new readings as they arrive', async () => {
    const page = await chromium.open(
      `${gateway.url}/#/compare?sensor=pump_1&sensor=${encodeURIComponent(SENSORS[1] ?? '')}&range=15m`,
    );
    const values = page.locator('.compare-value');
    await values.nth(1).getByText('111.9').waitFor();
    await gateway.post('/api/ingest', { sensorId: 'pump_1', zone: 'hall', value: 7.25, latencyMs: 2 });
    await values.first().getByText('7.25').waitFor();
    const plot = await page.locator('.chart .u-over').boundingBox();
    if (!plot) throw new Error('There is no chart');
    await page.mouse.move(plot.x + plot.width / 2, plot.y + plot.height / 2);
    await values.first().getByText(/^1\.1/).waitFor();
    expect(await page.locator('.chart-tooltip-line').count()).toBe(2);
    await page.context().close();
  });

  it('downloads all of them in one file', async () => {
    const query = SENSORS.map((sensorId) => `sensor=${encodeURIComponent(sensorId)}`).join('&');
    const page = await chromium.open(`${gateway.url}/#/compare?${query}`);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    let csv = '';
    for await (const chunk of await (await downloading).createReadStream()) csv += String(chunk);
    for (const sensorId of SENSORS) expect(csv).toContain(sensorId);
    expect(csv.trim().split('\n').length).toBeGreaterThan(340);
    await page.context().close();
  });
});
