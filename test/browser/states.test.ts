import type { Page } from 'playwright-core';

import { Chromium } from '../support/browser.js';
import { Gateway } from '../support/gateway.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

describe('the states of sensors on the page', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    await rule({ name: 'Too hot', kind: 'above', threshold: 80, sensorId: 'old_trouble' });
    await rule({ name: 'No news', kind: 'silent', afterSeconds: 1, sensorId: 'silent_by_rule' });
    await send('regular', 1);
    page = await chromium.open(gateway.url);
    await shows('regular', 'normal');
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  const rule = async (body: object): Promise<string> => {
    const response = await gateway.post('/api/rules', body);
    expect(response.status).toBe(201);
    return ((await response.json()) as { id: string }).id;
  };
  const send = async (sensorId: string, value: number, ageMs = 0): Promise<void> => {
    const reading = { sensorId, zone: 'hall', value, latencyMs: 1, timestamp: Date.now() - ageMs };
    expect((await gateway.post('/api/ingest', reading)).status).toBe(201);
  };
  const shows = (sensorId: string, state: string, of = page): Promise<void> =>
    of.locator(`[data-sensor="${sensorId}"].is-${state}`).waitFor();

  it('calls a value stale that was measured long ago, though it arrived now', async () => {
    await send('two_hours', 1, 2 * HOUR_MS);
    await send('twelve_years', 1, 12 * 365 * DAY_MS);
    await shows('two_hours', 'stale');
    await shows('twelve_years', 'stale');
    // The same for who opens the page now.
    const other = await chromium.open(gateway.url);
    await shows('two_hours', 'stale', other);
    await shows('twelve_years', 'stale', other);
    await shows('regular', 'normal', other);
    await other.context().close();
    await send('two_hours', 2);
    await shows('two_hours', 'normal');
  });

  it('calls a sensor late by its own usual interval, and normal again with its next reading', async () => {
    for (let ageMs = 60; ageMs > 0; ageMs -= 10) await send('fast', 1, ageMs);
    await shows('fast', 'normal');
    // The page learns the interval when it loads the list.
    await page.reload();
    await shows('fast', 'late');
    await shows('regular', 'normal');
    await send('fast', 1);
    await shows('fast', 'normal');
  });

  it('calls a sensor critical as long as its rule does, however long ago that began', async () => {
    await send('old_trouble', 90, 3 * DAY_MS);
    await shows('old_trouble', 'critical');
    await page.reload();
    await shows('old_trouble', 'critical');
    await send('old_trouble', 70);
    await shows('old_trouble', 'normal');
  });

  it('follows a rule that somebody else has changed', async () => {
    const wanted = { name: 'Wet', kind: 'above', threshold: 80, sensorId: 'regular' };
    const id = await rule(wanted);
    await send('regular', 90);
    await shows('regular', 'critical');
    const body = JSON.stringify({ ...wanted, threshold: 95 });
    const headers = { 'content-type': 'application/json' };
    expect((await gateway.get(`/api/rules/${id}`, { method: 'PUT', headers, body })).status).toBe(200);
    await shows('regular', 'normal');
  });

  it('calls a sensor silent when a silent rule does', async () => {
    await send('silent_by_rule', 1);
    await shows('silent_by_rule', 'silent');
    await page.reload();
    await shows('silent_by_rule', 'silent');
  });
});
