import type { Page } from 'playwright-core';

import { BadServer, wellBehaved } from '../support/bad-server.js';
import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

let chromium: Chromium;

beforeAll(async () => {
  chromium = await Chromium.start();
});
afterAll(async () => {
  await chromium.stop();
});
afterEach(() => {
  expect(chromium.problems.splice(0)).toEqual([]);
});

const reading = (value: number): object => ({ sensorId: 'pump_1', zone: 'hall_1', value, latencyMs: 1 });

describe('the dashboard', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(() => gateway.stop());

  it('is served to browsers, and may load only its own files', async () => {
    const response = await gateway.get('/', {
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('vary')).toContain('Accept');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await response.text()).not.toMatch(/<script(?![^>]* src=)|<style| style=/);
  });

  it.each([undefined, '*/*', 'application/json', 'text/html, application/json'])(
    'is replaced by JSON for programs that accept %s',
    async (accept) => {
      const response = await gateway.get('/', { headers: accept === undefined ? {} : { accept } });
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(response.headers.get('vary')).toContain('Accept');
      expect(await response.json()).toMatchObject({
        name: 'predictionx',
        links: { latest: expect.any(String) },
      });
    },
  );

  it('has files that are served compressed and cacheable for good, and no others', async () => {
    const html = await (await gateway.get('/', { headers: { accept: 'text/html' } })).text();
    const files = [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files.length).toBeGreaterThanOrEqual(3);
    let bytes = 0;
    for (const file of files) {
      const response = await gateway.get(file, { headers: { 'accept-encoding': 'br' } });
      expect([file, response.status, response.headers.get('content-encoding')]).toEqual([file, 200, 'br']);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      bytes += Number(response.headers.get('content-length'));
    }
    // What the first paint needs, compressed.
    expect(bytes).toBeLessThan(150_000);
    expect((await gateway.get('/assets/none.js')).status).toBe(404);
    expect((await gateway.get('/assets/..%2findex.html')).status).toBeLessThan(500);
  });

  it('says how to send the first reading, and shows it when it comes', async () => {
    const page = await chromium.open(gateway.url);
    const command = page.getByLabel('command that sends a reading');
    await command.waitFor();
    expect(await command.textContent()).toContain(`curl ${gateway.url}/api/ingest`);
    const demo = page.getByLabel('command that runs the demonstration');
    expect(await demo.textContent()).toBe(`npm run demo -- --url ${gateway.url}`);
    await keepPicture(page, 'getting-started');
    expect(await violationsOf(page)).toEqual([]);

    expect((await gateway.post('/api/ingest', reading(42.5))).status).toBe(201);
    await page.locator('[data-sensor="pump_1"]', { hasText: '42.5' }).waitFor();
  });

  it('says that a page does not exist', async () => {
    const page = await chromium.open(`${gateway.url}/#/nowhere`);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  });

  it.each(['sensors/pump_1?range=toString', 'log?from=constructor', '?sort=valueOf&state=toString'])(
    'shows the view of a link that was tampered with: %s',
    async (link) => {
      const page = await chromium.open(`${gateway.url}/#/${link}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByText('This view failed').count()).toBe(0);
      await page.context().close();
    },
  );

  it('works by keyboard alone, and focuses the title of a new view', async () => {
    const page = await chromium.open(gateway.url);
    await page.locator('[data-sensor="pump_1"]').waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    for (let step = 0; step < 40 && !(await focused(page)).startsWith('pump_1'); step += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'pump_1', level: 1 }).waitFor();
    expect(await focused(page)).toBe('pump_1');
    expect(await page.title()).toBe('pump_1 – PredictionX');
  });

  it('remembers the chosen theme', async () => {
    const page = await chromium.open(gateway.url, { colours: 'light' });
    const ground = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByLabel('Colours').selectOption('Dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
  });
});

describe('the dashboard of a gateway with keys', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    await gateway.post('/api/ingest', reading(7));
  });
  afterAll(() => gateway.stop());

  it('asks for a key, says what is wrong with another, and forgets it with the tab', async () => {
    const { key } = await makeKey(gateway, { name: 'wall', role: 'reader' });
    const device = await makeKey(gateway, { name: 'pump', role: 'device' });
    const page = await chromium.open(gateway.url);
    const field = page.getByLabel('Key', { exact: false }).first();
    const sign = async (text: string): Promise<void> => {
      await page.getByRole('dialog').getByRole('textbox').or(page.locator('input[type=password]')).fill(text);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await keepPicture(page, 'sign-in');
    // It cannot be sent away, which would leave nothing to sign in with.
    for (let count = 0; count < 3; count += 1) await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();

    await sign('pxk_wrong');
    await page.getByRole('alert').filter({ hasText: 'Unknown API key' }).waitFor();
    await sign(device.key);
    await page.getByRole('alert').filter({ hasText: 'device' }).waitFor();
    await sign(key);
    await page.locator('[data-sensor="pump_1"]', { hasText: '7' }).waitFor();
    expect(await field.isVisible()).toBe(false);

    // Live, signed: EventSource could not do that.
    await gateway.post('/api/ingest', reading(8));
    await page.locator('[data-sensor="pump_1"]', { hasText: '8' }).waitFor();

    expect(page.url()).not.toContain('pxk_');
    await page.reload();
    await page.locator('[data-sensor="pump_1"]').waitFor();
    const other = await page.context().newPage();
    await other.goto(gateway.url);
    await other.getByRole('dialog', { name: 'Sign in' }).waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
  });

  it('asks again once the key is revoked', async () => {
    const { id, key } = await makeKey(gateway, { name: 'short', role: 'reader' });
    const page = await chromium.open(gateway.url);
    await page.locator('input[type=password]').fill(key);
    await page.keyboard.press('Enter');
    await page.locator('[data-sensor="pump_1"]').waitFor();
    expect((await gateway.get(`/api/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
  });
});

it('the dashboard says that the connection is lost, reconnects by itself and misses nothing', async () => {
  const dataDir = emptyFolder();
  let gateway = await Gateway.start({ DATA_DIR: dataDir });
  const { url } = gateway;
  await gateway.post('/api/ingest', reading(1));
  const page = await chromium.open(url);
  const tile = page.locator('[data-sensor="pump_1"]');
  await tile.filter({ hasText: '1' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();

  await gateway.stop('SIGKILL');
  await page.getByRole('alert').filter({ hasText: 'The connection was lost' }).waitFor();
  await keepPicture(page, 'connection-lost');
  expect(await violationsOf(page)).toEqual([]);
  // What was shown stays visible.
  expect(await tile.textContent()).toContain('1');
  // What was never loaded cannot be shown now; the rest of the page can.
  await page.getByRole('link', { name: 'Rules' }).click();
  await page.getByRole('status').filter({ hasText: 'opens as soon as the gateway answers' }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('link', { name: 'Overview' }).click();
  await tile.waitFor();
  await page.getByRole('link', { name: 'Log' }).click();
  await page.getByRole('status').filter({ hasText: 'opens as soon as the gateway answers' }).waitFor();
  await page.getByRole('heading', { name: 'Not loaded' }).waitFor();
  chromium.problems.splice(0);

  gateway = await Gateway.start({ DATA_DIR: dataDir, PORT: new URL(url).port });
  await gateway.post('/api/ingest', reading(2));
  await page.getByRole('heading', { name: 'System log' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await tile.filter({ hasText: '2' }).waitFor();
  await until(async () => ((await page.getByRole('alert').count()) === 0 ? true : undefined), 'no alert');
  await gateway.stop();
});

it('the dashboard says within 5 s that the gateway is frozen, and goes on with it without missing anything', async () => {
  const gateway = await Gateway.start();
  await gateway.post('/api/ingest', reading(1));
  const page = await chromium.open(gateway.url);
  const live = page.locator('.connection', { hasText: 'live' });
  await live.waitFor();
  const tile = page.locator('[data-sensor="pump_1"]');
  await tile.filter({ hasText: 'normal' }).waitFor();
  // A page that was busy itself raises no alarm.
  await page.evaluate(`{
    const end = performance.now() + 5_000;
    window.states = [];
    const status = document.querySelector('.connection');
    new MutationObserver(() => window.states.push(status.className)).observe(status, { attributes: true });
    while (performance.now() < end);
  }`);
  await gateway.post('/api/ingest', reading(2));
  await tile.filter({ hasText: '2' }).waitFor();
  expect(await page.evaluate('window.states')).toEqual([]);

  process.kill(gateway.pid, 'SIGSTOP');
  const frozenMs = Date.now();
  await page.getByRole('alert').filter({ hasText: 'The gateway is silent' }).waitFor();
  await page.locator('.connection', { hasText: 'connection lost' }).waitFor();
  expect(Date.now() - frozenMs).toBeLessThan(5_000);
  expect(await live.count()).toBe(0);

  // The page has asked again, and the gateway answers when it goes on.
  const request = await page.waitForRequest('**/api/stream?*');
  expect(request.headers()).toHaveProperty('last-event-id');
  const sent = gateway.post('/api/ingest', reading(3));
  process.kill(gateway.pid, 'SIGCONT');
  const goesOnMs = Date.now();
  await live.waitFor();
  expect(Date.now() - goesOnMs).toBeLessThan(3_000);
  expect((await sent).status).toBe(201);
  await tile.filter({ hasText: '3' }).waitFor();
  await until(async () => ((await page.getByRole('alert').count()) === 0 ? true : undefined), 'no alert');
  await page.context().close();
  await gateway.stop();
});

it('the dashboard goes on loading a view, and reloads once, not in a loop, when its code no longer exists', async () => {
  const gateway = await Gateway.start();
  const page = await chromium.open(gateway.url);
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.route('**/assets/log-view-*.js', (route) => route.abort());
  await page.getByRole('link', { name: 'Log' }).click();
  const failed = page.getByRole('alert').filter({ hasText: 'although the gateway answers' });
  await failed.waitFor();
  await page.unroute('**/assets/log-view-*.js');
  await page.getByRole('heading', { name: 'System log' }).waitFor();
  expect(loads).toBe(0);

  await page.route('**/assets/rules-view-*.js', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('link', { name: 'Rules' }).click();
  await failed.waitFor();
  expect(loads).toBe(1);
  await page.unroute('**/assets/rules-view-*.js');
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByRole('heading', { name: 'Rules' }).waitFor();
  expect(loads).toBe(1);
  chromium.problems.splice(0);
  await page.context().close();
  await gateway.stop();
});

it('the dashboard has targets of 44 px for fingers, and nothing that scrolls sideways', async () => {
  const gateway = await Gateway.start();
  await gateway.post('/api/rules', { name: 'Too hot', kind: 'above', threshold: 5 });
  await gateway.post('/api/ingest', reading(9));
  const page = await chromium.open(gateway.url, { width: 390, height: 844, touch: true });
  for (const [view, content] of [
    ['', 'Too hot'],
    ['sensors/pump_1', 'All events'],
    ['compare?sensor=pump_1', 'Remove'],
    ['log?type=critical', 'pump_1 is above 5'],
    ['rules', 'Values above 5'],
    ['rules/new', 'Preview on past readings'],
    ['pipeline', 'Dead letters'],
    ['keys', 'Keys'],
  ] as const) {
    await page.goto(`${gateway.url}/#/${view}`);
    await page.getByText(content).first().waitFor();
    const small: string[] = await page.evaluate(
      `[...document.querySelectorAll('button, .button, nav a, select, summary, input:not([type=radio], [type=checkbox]), ' +
        'li a, td a, .trouble a, .sensor-now a, .row a, .log-sensor a, .log-zone a')]
        .filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 44)
        .map((target) => target.outerHTML)`,
    );
    expect([view, small]).toEqual([view, []]);
    expect([view, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([view, 390]);
    await keepPicture(page, `touch-${view.replace(/\W/g, '-')}`);
  }
  await page.context().close();
  await gateway.stop();
});

/** What the focused element says. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement?.textContent ?? ""');
}

it('the dashboard shows sensors as stale while InfluxDB is down, except those that send', async () => {
  const store = await BadServer.start();
  const gateway = await Gateway.start({ ...store.variables, STORE_TIMEOUT: '1s' });
  await gateway.post('/api/ingest', reading(1));
  await gateway.settled();
  const page = await chromium.open(gateway.url);
  const tile = page.locator('[data-sensor="pump_1"]');
  await tile.filter({ hasText: 'normal' }).waitFor();

  store.answer = BadServer.status(503);
  await gateway.post('/api/ingest', { ...reading(2), sensorId: 'pump_2' });
  await tile.filter({ hasText: 'stale' }).waitFor();
  await gateway.post('/api/ingest', reading(3));
  await tile.filter({ hasText: 'normal' }).waitFor();

  store.answer = wellBehaved;
  await until(
    async () => ((await page.locator('.is-stale.tile').count()) === 0 ? true : undefined),
    'no stale',
  );
  await page.context().close();
  await gateway.stop();
  await store.stop();
});
