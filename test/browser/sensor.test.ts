import type { Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const MINUTE_MS = 60_000;
const SENSOR = 'boiler_1';
/** A sensor of an imported file, and its last reading. */
const OLD = 'mill';
const OLD_MS = Date.parse('2014-03-12T14:05:00Z');

interface Bucket {
  readonly start: string;
}

interface Latency {
  readonly p50: number;
  readonly p95: number;
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
    await ingest('flapping', 'hall', nowMs - 60 * MINUTE_MS, 120, (index) => (index % 6 === 0 ? 85 : 60));
    await ingest(OLD, 'archive', OLD_MS - 60 * MINUTE_MS, 121, (index) => 20 + index / 100);
    await gateway.settled();
    for (const sensorId of [SENSOR, 'flapping'])
      await until(async () => {
        const log = (await gateway.json(`/api/logs?sensorId=${sensorId}&limit=100`)) as unknown[];
        return log.length >= (sensorId === SENSOR ? 2 : 40) || undefined;
      }, `the log of ${sensorId}`);
    page = await open();
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  /** Readings half a minute apart. */
  const ingest = async (
    sensorId: string,
    zone: string,
    startMs: number,
    count: number,
    valueOf: (index: number) => number,
  ): Promise<void> => {
    const readings = Array.from({ length: count }, (_, index) => ({
      sensorId,
      zone,
      value: valueOf(index),
      latencyMs: 10 + (index % 10),
      timestamp: new Date(startMs + index * 30_000).toISOString(),
    }));
    expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
  };
  const open = async (query = '', view = {}, sensorId = SENSOR): Promise<Page> => {
    const opened = await chromium.open(`${gateway.url}/#/sensors/${sensorId}${query}`, view);
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
      /Chart of boiler_1, .*from 5\d.* to (89\.\d+|90\.0+), last value/,
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
    // The bucket that more readings may come into is a point of its own.
    expect(await page.locator('.chart-canvas').getAttribute('data-unfinished')).toBe('1');
  });

  it('says since when the state stands, and which rule gives it', async () => {
    await gateway.post('/api/ingest', { sensorId: 'hot', zone: 'hall', value: 95, latencyMs: 1 });
    const hot = await open('', {}, 'hot');
    const state = hot.locator('.sensor-state');
    await state.getByText(/^since \d\d:\d\d \(.+\)$/).waitFor();
    await hot.getByText(/^measured (now|.+ ago) in hall$/).waitFor();
    await state.getByRole('link', { name: 'Too hot' }).click();
    await hot.waitForURL(/#\/rules\/.+/);
    await hot.context().close();
  });

  it('opens an imported sensor on its last readings, and says so', async () => {
    const old = await open('', {}, OLD);
    await old.getByText('The last reading is from 12 Mar 2014, 14:05:00').waitFor();
    await until(async () => ((await points(old)) > 100 ? true : undefined), 'the readings of 2014');
    await old.getByRole('link', { name: 'Show live' }).click();
    await old.getByText('No readings in this range.').waitFor();
    await old.getByRole('button', { name: 'Go to the last reading' }).click();
    await old.waitForURL(/from=2014-03-12T13%3A06.*to=2014-03-12T14%3A06/);
    await until(async () => ((await points(old)) > 100 ? true : undefined), 'the readings of 2014');
    await old.context().close();
  });

  it('follows further old readings, and becomes live with a current one', async () => {
    await ingest('clock', 'archive', OLD_MS, 3, () => 5);
    const behind = await open('', {}, 'clock');
    await behind.getByText('The last reading is from 12 Mar 2014, 14:06:00').waitFor();
    await ingest('clock', 'archive', OLD_MS + 30 * MINUTE_MS, 1, () => 6);
    await behind.getByText('The last reading is from 12 Mar 2014, 14:35:00').waitFor();
    await gateway.post('/api/ingest', { sensorId: 'clock', zone: 'archive', value: 7, latencyMs: 1 });
    await behind.getByText('The last reading is from').waitFor({ state: 'detached' });
    await until(async () => ((await points(behind)) === 1 ? true : undefined), 'the live chart');
    await behind.context().close();
  });

  it('shows the range between a picked start and end', async () => {
    const picked = await open('?range=24h', {}, OLD);
    await picked.getByRole('button', { name: 'Pick dates' }).click();
    await picked.getByLabel('From', { exact: true }).fill('2014-03-12T14:00');
    await picked.getByLabel('To', { exact: true }).fill('2014-03-12T13:00');
    await picked.getByRole('button', { name: 'Show', exact: true }).click();
    await picked.getByText('The end must be later than the start').waitFor();
    expect(await violationsOf(picked)).toEqual([]);
    await picked.getByLabel('From', { exact: true }).fill('0202-11-27T14:00');
    await picked.getByText('The year must be between 1970 and 2254').waitFor();
    await picked.getByLabel('From', { exact: true }).fill('2014-03-12T14:00');
    await picked.getByLabel('To', { exact: true }).fill('2014-03-12T15:00');
    await picked.getByRole('button', { name: 'Show', exact: true }).click();
    await picked.waitForURL(/from=2014-03-12T14%3A00%3A00.000Z&to=2014-03-12T15%3A00%3A00.000Z/);
    await until(async () => (Math.abs((await points(picked)) - 11) <= 1 ? true : undefined), 'the chart');
    await picked.context().close();
  });

  it('keeps the times of fields that nobody changed, also in an hour that the clock repeats', async () => {
    const [from, to] = ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'];
    const picked = await open(`?from=${from}&to=${to}`, { timeZone: 'Europe/Berlin' });
    await picked.getByRole('button', { name: 'Pick dates' }).click();
    expect(await picked.getByLabel('From', { exact: true }).inputValue()).toBe('2026-10-25T02:30');
    await picked.getByRole('button', { name: 'Show', exact: true }).click();
    await picked.locator('.range-picker-form').waitFor({ state: 'detached' });
    expect(decodeURIComponent(picked.url())).toContain(`from=${from}&to=${to}`);
    await picked.context().close();
  });

  it('draws a bar for each episode below the chart, and one for those too close together', async () => {
    const bars = async (query: string): Promise<string[]> => {
      const opened = await open(query, {}, 'flapping');
      await opened.getByRole('img', { name: /20 episodes/ }).waitFor();
      const text = await opened.locator('.chart-canvas').getAttribute('data-episodes');
      const plot = await opened.locator('.chart .u-over').boundingBox();
      if (!plot) throw new Error('There is no chart');
      if (query.includes('30d')) await opened.mouse.move(plot.x + plot.width - 1, plot.y + plot.height + 8);
      if (query.includes('30d')) await opened.getByText('20 episodes here').waitFor();
      await opened.context().close();
      return (text ?? '').split(' ');
    };
    expect(await bars('?range=6h')).toEqual(Array.from({ length: 20 }, () => '1'));
    expect(await bars('?range=30d')).toEqual(['20']);
  });

  it('shows an episode that began before the range and lasts beyond it, and one that stands now', async () => {
    const at = (hours: number): string => new Date(nowMs - hours * 60 * MINUTE_MS).toISOString();
    const kiln = (value: number, hours: number) => {
      return { sensorId: 'kiln', zone: 'hall', value, latencyMs: 1, timestamp: at(hours) };
    };
    // All of it is older than the rule.
    for (const reading of [kiln(60, 7), kiln(95, 6), kiln(60, 1), kiln(96, 0.8), kiln(97, 0.1)])
      await gateway.post('/api/ingest', reading);
    const entries = async (from: number, to: number, bars: string): Promise<string[]> => {
      const opened = await open(`?from=${at(from)}&to=${at(to)}`, {}, 'kiln');
      await opened.locator('.event-list li, .muted:text("No events")').first().waitFor();
      await opened.locator(`.chart-canvas[data-episodes="${bars}"]`).waitFor();
      const found = await opened.locator('.event-list li').allTextContents();
      await opened.context().close();
      return found;
    };
    await until(async () => {
      const log = (await gateway.json('/api/logs?sensorId=kiln')) as unknown[];
      return log.length === 3 || undefined;
    }, 'the events');
    const standing = expect.stringContaining('critical since before this range: Too hot');
    expect(await entries(4, 3, '1')).toEqual([standing]);
    expect(await entries(0.5, 0.2, '1')).toEqual([standing]);
    expect(await entries(0.9, 0.2, '1')).toEqual([expect.stringContaining('is above 80')]);
    expect(await entries(6.9, 6.5, '')).toEqual([]);
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

  it('zooms with the wheel while it has the focus, with keys, and goes back at a double click', async () => {
    const zoomed = await open('?range=6h');
    const plot = await zoomed.locator('.chart .u-over').boundingBox();
    if (!plot) throw new Error('There is no chart');
    const [x, y] = [plot.x + plot.width / 2, plot.y + plot.height / 2];
    await zoomed.mouse.move(x, y);
    await zoomed.locator('.chart-tooltip').getByText(/to \d/).waitFor();
    await zoomed.mouse.wheel(0, 200);
    await until(async () => (await zoomed.evaluate<number>('scrollY')) || undefined, 'the page to scroll');
    await zoomed.evaluate('scrollTo(0, 0)');
    expect(zoomed.url()).toMatch(/range=6h$/);

    await zoomed.mouse.click(x, y);
    for (let turn = 0; turn < 3; turn += 1) await zoomed.mouse.wheel(0, -100);
    await zoomed.waitForURL(/from=.*&to=/);
    expect(await zoomed.evaluate('scrollY')).toBe(0);
    await zoomed.mouse.dblclick(x, y);
    await zoomed.waitForURL(/range=6h$/);

    await zoomed.keyboard.press('ArrowLeft');
    await zoomed
      .getByRole('application')
      .getByText(/\d{2}:\d{2}/)
      .first()
      .waitFor();
    await zoomed
      .locator('.chart [role="status"]', { hasText: /^\d+ \w+, [\d:]+: \d/ })
      .waitFor({ state: 'attached' });
    await zoomed.keyboard.press('+');
    await zoomed.waitForURL(/from=.*&to=/);
    await zoomed.keyboard.press('Escape');
    await zoomed.waitForURL(/range=6h$/);
    await zoomed.context().close();
  });

  it('zooms with two fingers, moves the cursor with one, and goes back at a double tap', async () => {
    const phone = await open('?range=6h', { width: 390, height: 844, touch: true });
    const plot = await phone.locator('.chart .u-over').boundingBox();
    const controls = await phone.locator('.range-tools').boundingBox();
    if (!plot || !controls) throw new Error('There is no chart');
    expect(controls.y).toBeGreaterThan(plot.y + plot.height);
    await phone.getByText('Pinch to zoom').waitFor();
    const session = await phone.context().newCDPSession(phone);
    const y = plot.y + plot.height / 2;
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', shares: number[]): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: shares.map((share, id) => ({ x: plot.x + plot.width * share, y, id })),
      });
    const loaded: string[] = [];
    phone.on('request', (request) => {
      if (request.url().includes('/api/readings?')) loaded.push(request.url());
    });
    await touch('touchStart', [0.4, 0.6]);
    for (const apart of [0.12, 0.15, 0.2]) await touch('touchMove', [0.5 - apart, 0.5 + apart]);
    expect(phone.url()).toMatch(/range=6h$/);
    await touch('touchEnd', []);
    await phone.waitForURL(/from=.*&to=/);
    const shown = (): { fromMs: number; lengthMs: number } => {
      const query = new URLSearchParams(phone.url().split('?')[1]);
      const [fromMs, toMs] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? ''));
      return { fromMs: fromMs ?? NaN, lengthMs: (toMs ?? NaN) - (fromMs ?? NaN) };
    };
    const zoomed = shown();
    expect(zoomed.lengthMs / (180 * MINUTE_MS)).toBeCloseTo(1, 1);
    await until(() => Promise.resolve(loaded.length > 0 || undefined), 'the request');
    expect(loaded).toHaveLength(1);
    const before = phone.url();
    await touch('touchStart', [0.4, 0.6]);
    for (const by of [0.05, 0.1, 0.2]) await touch('touchMove', [0.4 + by, 0.6 + by]);
    await touch('touchEnd', []);
    await phone.waitForURL((url) => url.href !== before);
    // What was at the left edge moved with the fingers.
    expect((zoomed.fromMs - shown().fromMs) / zoomed.lengthMs).toBeCloseTo(0.2, 1);
    expect(shown().lengthMs / zoomed.lengthMs).toBeCloseTo(1, 1);

    await touch('touchStart', [0.3]);
    await phone.locator('.chart-tooltip').waitFor();
    await touch('touchEnd', []);
    await touch('touchStart', [0.3]);
    await touch('touchEnd', []);
    await phone.waitForURL(/range=6h$/);
    expect(await violationsOf(phone)).toEqual([]);
    await keepPicture(phone, 'sensor-touch');
    await phone.context().close();
  });

  it('shows the latency of readings over time', async () => {
    const opened = await open('?range=6h', {}, 'flapping');
    const section = opened.locator('.latency');
    const buckets = (await gateway.json('/api/readings/flapping/latency?from=-6h&every=5m')) as Latency[];
    const last = buckets.at(-1);
    await section.getByText(`p50 ${last?.p50 ?? ''} ms, p95 ${last?.p95 ?? ''} ms`).waitFor();
    await section.getByText(/^measured to arrived: \d/).waitFor();
    await section.locator('summary').click();
    await section.locator('.chart canvas').waitFor();
    expect(await violationsOf(opened)).toEqual([]);
    await opened.context().close();
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

  it('fits a phone without scrolling sideways, with the whole label of a threshold', async () => {
    const phone = await open('', { width: 360, height: 780 });
    const width: number = await phone.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(360);
    const label = phone.locator('.chart-thresholds li', { hasText: 'Too hot (above): 80' });
    const [box, plot] = [await label.boundingBox(), await phone.locator('.chart .u-over').boundingBox()];
    if (!box || !plot) throw new Error('There is no label, or no chart');
    expect(box.x + box.width).toBeLessThanOrEqual(360);
    expect(box.y).toBeGreaterThan(plot.y + plot.height);
    await keepPicture(phone, 'sensor-phone');
    await phone.context().close();
  });

  it('uses a large window, and sets the bucket that has not ended apart from the line', async () => {
    await send(60);
    const large = await open('?range=24h', { width: 2560, height: 1440 });
    const heightOf = async (of: Page): Promise<number> =>
      (await of.locator('.chart .u-over').boundingBox())?.height ?? 0;
    const plot = await large.locator('.chart .u-over').boundingBox();
    expect(plot?.width).toBeGreaterThan(2_000);
    expect(await heightOf(large)).toBeGreaterThan(1.3 * (await heightOf(page)));
    const unfinished = (of: Page): Promise<string | null> =>
      of.locator('.chart [data-points]').getAttribute('data-unfinished');
    await until(async () => ((await unfinished(large)) === '1' ? true : undefined), 'an unfinished bucket');
    await keepPicture(large, 'sensor-large');
    await large.context().close();
  });

  it('shows times as people of a country write them, with the year when it is not this one, and names the zone', async () => {
    const view = { locale: 'en-US', timeZone: 'America/New_York' };
    const american = await open('', view, OLD);
    await american.getByText(/The last reading is from Mar 12, 2014, 10:05:00\sAM/).waitFor();
    await american.getByText('Times are in the time zone America/New York.').waitFor();
    await american.context().close();
  });
});
