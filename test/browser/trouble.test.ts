import type { Locator, Page } from 'playwright-core';

import { Chromium, violationsOf } from '../support/browser.js';
import { Gateway } from '../support/gateway.js';

/** What an expression about the first element of a selector, `part`, is in a page. */
const valueOf = (of: Page, selector: string, expression: string): Promise<unknown> =>
  of.evaluate(`((part) => ${expression})(document.querySelector(${JSON.stringify(selector)}))`);

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
