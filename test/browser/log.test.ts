import type { Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

interface Entry {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly message: string;
  readonly sensorId?: string;
}

const HOUR_MS = 3_600_000;
const SENSORS = 50;
const READINGS = 200;

describe('the system log', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;
  let ruleId: string;

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    const rule = { name: 'Too hot', kind: 'above', threshold: 50 };
    ruleId = ((await (await gateway.post('/api/rules', rule)).json()) as Entry).id;
    await gateway.post('/api/rules', { name: 'Jumps', kind: 'rate', perSecond: 100, sensorId: 'pump_7' });
    // Each reading is on the other side of the threshold than the one before: 10,000 entries of three days.
    const beginMs = Date.now() - 72 * HOUR_MS;
    for (let start = 0; start < READINGS; start += 20)
      await send(
        Array.from({ length: 20 * SENSORS }, (_, index) => {
          const turn = start + Math.floor(index / SENSORS);
          const timeMs = beginMs + ((turn + (index % SENSORS) / SENSORS) * 71 * HOUR_MS) / READINGS;
          return {
            ...at(index % SENSORS),
            value: turn % 2 ? 20 : 80,
            timestamp: new Date(timeMs).toISOString(),
          };
        }),
      );
    await until(
      async () => ((await entries('')).length >= SENSORS * READINGS ? true : undefined),
      'all entries',
    );
    page = await chromium.open(`${gateway.url}/#/log`);
    await page.locator('[data-event]').first().waitFor();
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  const at = (index: number): { sensorId: string; zone: string; latencyMs: number } => ({
    sensorId: `pump_${index}`,
    zone: index % 2 ? 'hall, "north"' : 'boiler_room',
    latencyMs: 1,
  });
  async function send(readings: readonly object[]): Promise<void> {
    expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
  }
  /** All that GET /api/logs has, page by page. */
  async function entries(query: string): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let path: string | undefined = `/api/logs?limit=1000&${query}`; path;) {
      const response = await gateway.get(path);
      all.push(...((await response.json()) as Entry[]));
      path = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return all;
  }
  const shownIds = (of: Page): Promise<string[]> =>
    of.evaluate("[...document.querySelectorAll('[data-event]')].map((row) => row.dataset.event)");
  const showsFirst = (of: Page, ids: readonly string[]): Promise<true> =>
    until(
      async () => ((await shownIds(of)).slice(0, ids.length).join() === ids.join() ? true : undefined),
      `entries ${ids.join()}`,
    );
  const ids = (list: readonly Entry[], count: number): string[] => list.slice(0, count).map(({ id }) => id);

  it('lists the newest first, day by day, each a link to its moment on the chart', async () => {
    const all = await entries('');
    await showsFirst(page, ids(all, 10));
    const [newest] = all.filter(({ sensorId }) => sensorId !== undefined);
    const row = page.locator(`[data-event="${newest?.id ?? ''}"]`);
    expect(await row.locator('.log-message').textContent()).toBe(newest?.message);
    const { sensorId = '', time = '' } = newest ?? {};
    expect(await row.locator('.log-message a').getAttribute('href')).toBe(
      `#/sensors/${sensorId}?at=${encodeURIComponent(time)}`,
    );
    const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
    expect(await page.locator('.log-day').first().textContent()).toBe(
      day.format(new Date(all[0]?.time ?? '')),
    );
    await keepPicture(page, 'log');
  });

  it('shows a new event at once', async () => {
    await send([{ ...at(3), value: 91.25 }]);
    const first = page.locator('[data-event]').first();
    await first.filter({ hasText: 'pump_3 is above 50: 91.25' }).waitFor();
    expect((await first.locator('.log-value').textContent())?.trim()).toBe('91.25');
  });

  it('does not move the list while someone reads further down, and counts new events', async () => {
    const reader = await chromium.open(`${gateway.url}/#/log`);
    await reader.locator('[data-event]').first().waitFor();
    await reader.mouse.move(600, 500);
    await reader.mouse.wheel(0, 1_500);
    await until(async () => ((await placeOf(reader, 0)) < 0 ? true : undefined), 'the list to be scrolled');
    const before = await stableRow(reader);
    await send([
      { ...at(4), value: 92 },
      { ...at(5), value: 93 },
    ]);
    const button = reader.getByRole('button', { name: '2 new events' });
    await button.waitFor();
    const row = reader.locator(`[data-event="${before.id}"]`);
    // The day stays visible.
    const day = await reader.locator('.log-day').first().boundingBox();
    expect(day?.y).toBeGreaterThanOrEqual(0);
    expect(day?.y).toBeLessThan(100);
    expect((await row.boundingBox())?.y).toBe(before.y);
    await keepPicture(reader, 'log-new-events');
    await button.focus();
    await reader.keyboard.press('Enter');
    await showsFirst(reader, ids(await entries(''), 2));
    expect(await reader.evaluate('scrollY')).toBe(0);
    await reader.context().close();
  });

  const placeOf = async (of: Page, index: number): Promise<number> =>
    (await of.locator('.log-rows').nth(index).boundingBox())?.y ?? 0;
  /** A row in the middle of the view, once nothing moves any more. */
  const stableRow = (of: Page): Promise<{ id: string; y: number }> => {
    let last = '';
    return until(async () => {
      const found: { id: string; y: number } = await of.evaluate(
        `(() => { const row = document.elementFromPoint(600, 500).closest('[data-event]');
          return { id: row?.dataset.event ?? '', y: row?.getBoundingClientRect().y ?? 0 } })()`,
      );
      const text = JSON.stringify(found);
      const isSame = text === last && found.id !== '';
      last = text;
      return isSame ? found : undefined;
    }, 'a row that stands still');
  };

  it('filters by type, zone, sensor, rule and time, keeps filters in the URL, and removes each again', async () => {
    await page.getByRole('button', { name: 'critical' }).click();
    await page.getByLabel('Zone').selectOption('hall, "north"');
    await page.getByRole('combobox', { name: 'Sensor' }).fill('pump_7');
    await page.keyboard.press('Enter');
    await page.getByLabel('Rule').selectOption('Too hot');
    await page.getByLabel('Time').selectOption('Last 24 hours');
    const asked = { type: 'critical', zone: 'hall, "north"', sensorId: 'pump_7', ruleId, from: '-24h' };
    const query = new URLSearchParams(asked).toString();
    await until(() => (page.url().endsWith(`#/log?${query}`) ? true : undefined), 'the filter in the URL');
    const fitting = await entries(query);
    expect(fitting.length).toBeGreaterThan(20);
    await showsFirst(page, ids(fitting, 10));
    await keepPicture(page, 'log-filtered');

    // New events are filtered, too.
    await send([
      { ...at(9), value: 94 },
      { ...at(7), value: 95 },
    ]);
    await page.locator('[data-event]').first().filter({ hasText: 'pump_7 is above 50: 95' }).waitFor();
    expect(await page.locator('[data-event]', { hasText: 'pump_9' }).count()).toBe(0);

    for (const filter of ['critical', 'zone hall, "north"', 'sensor pump_7', 'rule Too hot'])
      await page.getByRole('link', { name: `Remove ${filter}` }).click();
    await until(() => (page.url().endsWith('#/log?from=-24h') ? true : undefined), 'one filter to be left');
    await showsFirst(page, ids(await entries('from=-24h'), 10));
    await page.getByRole('link', { name: 'Remove last 24 hours' }).click();
    await showsFirst(page, ids(await entries(''), 10));
  });

  it('opens a filter from its link, also with custom times', async () => {
    const from = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 50 * HOUR_MS).toISOString();
    const to = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 40 * HOUR_MS).toISOString();
    const query = new URLSearchParams({ type: 'normal', from, to }).toString();
    const reader = await chromium.open(`${gateway.url}/#/log?${query}`);
    await showsFirst(reader, ids(await entries(query), 10));
    expect(await reader.getByRole('textbox', { name: 'From', exact: true }).inputValue()).toBe(
      from.slice(0, 16),
    );
    const earlier = new Date(Date.parse(to) - 5 * HOUR_MS).toISOString();
    await reader.getByRole('textbox', { name: 'To', exact: true }).fill(earlier.slice(0, 16));
    await showsFirst(
      reader,
      ids(await entries(new URLSearchParams({ type: 'normal', from, to: earlier }).toString()), 10),
    );
    await reader.context().close();
  });

  it('reaches the first of 10,000 events by keyboard, with few of them in the DOM', async () => {
    await page.goto(`${gateway.url}/#/log?ruleId=${ruleId}`);
    const all = await entries(`ruleId=${ruleId}`);
    expect(all.length).toBeGreaterThanOrEqual(10_000);
    await showsFirst(page, ids(all, 1));
    const isAll = page.getByText(`End of the log: ${all.length.toLocaleString('en-GB')} events.`);
    await until(async () => {
      await page.keyboard.press('End');
      return (await isAll.count()) > 0 ? true : undefined;
    }, 'the end of the log');
    await until(async () => {
      await page.keyboard.press('End');
      return (await shownIds(page)).at(-1) === all.at(-1)?.id ? true : undefined;
    }, 'the first entry ever');
    expect(await page.locator('[data-event]').count()).toBeLessThan(100);
  });

  it('shows why the gateway refuses a filter, and a link that removes it', async () => {
    await page.goto(`${gateway.url}/#/log?from=yesterday`);
    await page.getByRole('alert').filter({ hasText: 'from must be' }).waitFor();
    await page.getByRole('link', { name: 'Remove since yesterday' }).click();
    await page.locator('[data-event]').first().waitFor();
  });

  it('says when no event matches, and shows one that comes then', async () => {
    await page.goto(`${gateway.url}/#/log?sensorId=boiler_9`);
    await page.getByText('No events match these filters.').waitFor();
    await send([{ sensorId: 'boiler_9', zone: 'A', latencyMs: 1, value: 96 }]);
    await page.locator('[data-event]').first().filter({ hasText: 'boiler_9 is above 50: 96' }).waitFor();
  });

  it.each(['light', 'dark'] as const)('has no accessibility problems, %s', async (colours) => {
    const reader = await chromium.open(`${gateway.url}/#/log?type=critical&zone=boiler_room`, { colours });
    await reader.locator('[data-event]').first().waitFor();
    expect(await violationsOf(reader)).toEqual([]);
    await keepPicture(reader, `log-${colours}`);
    await reader.context().close();
  });

  it('fits a phone', async () => {
    const view = { width: 390, height: 844, colours: 'dark' } as const;
    const reader = await chromium.open(`${gateway.url}/#/log?type=critical`, view);
    await reader.locator('[data-event]').first().waitFor();
    expect(await reader.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await keepPicture(reader, 'log-phone');
    await reader.setViewportSize({ width: 360, height: 740 });
    expect(await reader.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await reader.context().close();
  });
});
