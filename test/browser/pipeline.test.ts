import type { Page } from 'playwright-core';

import { type Answer, BadServer, wellBehaved } from '../support/bad-server.js';
import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const START_MS = Date.parse('2026-01-30T12:00:00Z');
const REASON = 'partial write: points beyond retention policy';

/** A store that refuses readings of sensors named old_…, as InfluxDB refuses readings older than its retention. */
const refusesOld: Answer = (response, path, body) => {
  if (body.includes('sensor_id=old_')) response.writeHead(422).end(JSON.stringify({ message: REASON }));
  else wellBehaved(response, path, body);
};

const readings = (sensorId: string, count: number): object[] =>
  Array.from({ length: count }, (_, second) => ({
    sensorId,
    zone: 'hall_1',
    value: second,
    latencyMs: 1,
    timestamp: new Date(START_MS + second * 1000).toISOString(),
  }));

const figure = (page: Page, name: string): Promise<string> =>
  page.locator(`[data-figure="${name}"]`).innerText();

const untilFigure = (page: Page, name: string, value: string): Promise<true> =>
  until(async () => ((await figure(page, name)) === value ? true : undefined), `${name} to be ${value}`);

describe('the pipeline view', () => {
  let chromium: Chromium;
  let store: BadServer;
  let gateway: Gateway;
  let page: Page;

  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterAll(async () => {
    await chromium.stop();
    expect(chromium.problems).toEqual([]);
  });
  beforeEach(async () => {
    store = await BadServer.start();
    store.answer = refusesOld;
    gateway = await Gateway.start({ ...store.variables, STORE_TIMEOUT: '1s' });
  });
  afterEach(async () => {
    await page.context().close();
    await gateway.stop();
    await store.stop();
  });

  const post = async (sensorId: string, count: number): Promise<void> => {
    expect((await gateway.post('/api/ingest/batch', readings(sensorId, count))).status).toBe(200);
  };
  const view = async (options = {}): Promise<void> => {
    page = await chromium.open(`${gateway.url}/#/pipeline`, options);
    await page.locator('[data-figure="accepted"]').waitFor();
  };

  it('shows where all readings are, that the sum is right, and updates live', async () => {
    await post('pump_1', 20);
    await post('old_1', 3);
    await gateway.settled();
    await view();
    await untilFigure(page, 'accepted', '23');
    expect(await figure(page, 'stored')).toBe('20');
    expect(await figure(page, 'queued')).toBe('0');
    expect(await figure(page, 'dead')).toBe('3');
    expect(await page.getByText('Every reading is accounted for').isVisible()).toBe(true);

    await post('pump_2', 1_000);
    await untilFigure(page, 'accepted', '1,023');
    await untilFigure(page, 'stored', '1,020');
    expect(await page.getByText('1,023 accepted = 1,020 stored + 0 queued + 3 dead-lettered').count()).toBe(
      1,
    );
  });

  it('draws throughput, queue and sync times, with their current values as text', async () => {
    await view();
    const chart = (name: string): Promise<string> =>
      page
        .getByRole('img', { name })
        .getAttribute('aria-label')
        .then((label) => label ?? '');
    const lineOf = (name: string): Promise<string | null> =>
      page.getByRole('img', { name }).locator('.line-0 .stroke').getAttribute('d');
    await until(async () => {
      await post('pump_1', 50);
      return /accepted [1-9]/.test(await chart('Throughput')) ? true : undefined;
    }, 'a rate');
    await until(async () => {
      await post('pump_1', 5);
      return /mean [\d.]+ ?(ms|sec|s)/.test(await chart('Disk sync')) ? true : undefined;
    }, 'the time of a sync');
    expect(await lineOf('Throughput')).toMatch(/^M[\d.]+ [\d.]+h\.1L/);
    store.answer = BadServer.status(503);
    await until(async () => {
      await post('pump_1', 5);
      return /queued [1-9]/.test(await chart('Queue')) ? true : undefined;
    }, 'a queue');
  });

  it('says that the store is down, what that means, and that it is back', async () => {
    await view();
    store.answer = BadServer.status(503);
    await post('pump_1', 7);
    await page.getByText('The store does not answer.').waitFor();
    await untilFigure(page, 'queued', '7');
    await page.getByText('7 accepted = 0 stored + 7 queued + 0 dead-lettered').waitFor();
    await keepPicture(page, 'pipeline-store-down');
    store.answer = wellBehaved;
    await untilFigure(page, 'stored', '7');
    await page.getByText('The store does not answer.').waitFor({ state: 'detached' });
  });

  it('counts refused readings by code, with an explanation', async () => {
    await gateway.post('/api/ingest', '{');
    await gateway.post('/api/ingest', { sensorId: 1 });
    await gateway.post('/api/ingest', { sensorId: 2 });
    await view();
    const refused = page.getByRole('region', { name: 'Refused' });
    await refused.getByText('INVALID_JSON').waitFor();
    expect(await refused.locator('dl > div').first().innerText()).toMatch(
      /INVALID_READING\s+a field is missing or invalid\s+2/,
    );
  });

  it('pages through dead letters, and links to the moment on the sensor’s chart', async () => {
    await post('old_1', 60);
    await gateway.settled();
    await view();
    const rows = page.getByRole('table', { name: 'Dead letters' }).locator('tbody tr');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(50);
    expect(await rows.first().innerText()).toContain(REASON);
    await page.getByRole('link', { name: 'Next page' }).click();
    await until(async () => ((await rows.count()) === 10 ? true : undefined), 'the second page');
    await page.reload();
    await until(async () => ((await rows.count()) === 10 ? true : undefined), 'the second page by its link');
    await page.getByRole('link', { name: 'First page' }).click();
    await until(async () => ((await rows.count()) === 50 ? true : undefined), 'the first page');
    await rows.first().getByRole('link', { name: 'old_1' }).click();
    await page.waitForURL((url) => url.hash === '#/sensors/old_1?at=2026-01-30T12%3A00%3A00Z');
  });

  it('deletes a dead letter after confirmation, and replays the others', async () => {
    await post('old_1', 3);
    await gateway.settled();
    await view();
    const rows = page.getByRole('table', { name: 'Dead letters' }).locator('tbody tr');
    await rows.first().getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete this dead letter?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(3);
    await rows.first().getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await until(async () => ((await rows.count()) === 2 ? true : undefined), 'one to be gone');

    await page.getByRole('button', { name: 'Replay all' }).click();
    await page.getByText('2 queued again').waitFor();
    await gateway.settled();
    await until(async () => ((await rows.count()) === 2 ? true : undefined), 'them to be refused again');
    store.answer = wellBehaved;
    await page.getByRole('button', { name: 'Replay all' }).click();
    await untilFigure(page, 'stored', '2');
    await rows.first().waitFor({ state: 'detached' });
    // The deleted one was acknowledged, and is still counted.
    await page.getByText('3 accepted = 2 stored + 0 queued + 1 dead-lettered').waitFor();
  });

  it('says that the gateway cannot be reached, and continues once it is back', async () => {
    await post('pump_1', 1);
    await gateway.settled();
    await view();
    await untilFigure(page, 'stored', '1');
    const { port } = new URL(gateway.url);
    await gateway.stop();
    await page.getByRole('alert').filter({ hasText: 'The gateway cannot be reached' }).first().waitFor();
    expect(await figure(page, 'stored')).toBe('1');
    gateway = await Gateway.start({ ...store.variables, PORT: port, DATA_DIR: gateway.dataDir });
    await post('pump_2', 1);
    await untilFigure(page, 'accepted', '2');
    const notices = page.getByText('The gateway cannot be reached', { exact: true });
    // The dead letters are asked for less often than the figures.
    await until(async () => ((await notices.count()) === 0 ? true : undefined), 'the notices to go');
  });

  it('tells a reader that dead letters are for admins, and shows no buttons that would fail', async () => {
    await gateway.stop();
    gateway = await Gateway.start({ ...store.variables, ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    const { key } = await makeKey(gateway, { name: 'onlooker', role: 'reader' });
    await post('old_1', 2);
    await gateway.settled();
    page = await chromium.open(`${gateway.url}/#/pipeline`);
    await page.getByLabel('Key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilFigure(page, 'dead', '2');
    await page.getByText('Only an admin key can view, replay and delete dead letters').waitFor();
    expect(await page.getByRole('button', { name: 'Replay all' }).count()).toBe(0);
    await page.getByRole('img', { name: 'Disk sync' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it.each([
    ['light', 1280, 1600],
    ['dark', 1280, 1600],
    ['light', 390, 844],
    ['dark', 390, 844],
  ] as const)('has no accessibility problems, %s at %d px', async (colours, width, height) => {
    await post('pump_1', 100);
    await post('old_1', 4);
    await gateway.post('/api/ingest', '{');
    await gateway.settled();
    await view({ colours, width, height });
    await page.getByRole('table', { name: 'Dead letters' }).waitFor();
    await untilFigure(page, 'dead', '4');
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await keepPicture(page, `pipeline-${colours}-${width}`);
  });
});
