import type { Page, Request } from 'playwright-core';

import { Chromium, keepPicture, violationsOf } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

interface Entry {
  readonly time: string;
  readonly type: string;
}
interface Trial {
  readonly rule: Readonly<Record<string, unknown>>;
  readonly sensorId: string;
  readonly from: string;
  readonly to: string;
}
interface Rule {
  readonly id: string;
  readonly name: string;
}

const MINUTE_MS = 60_000;
const NOISY_READINGS = 60_000;

describe('the rules view', () => {
  let gateway: Gateway;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    gateway = await Gateway.start();
    chromium = await Chromium.start();
    const nowMs = Date.now();
    // Two days, one reading each 2 minutes, with a pause of 40 minutes and a spike.
    await send(
      Array.from({ length: 1_440 }, (_, index) => index)
        .filter((index) => index < 700 || index > 720)
        .map((index) => ({
          ...pump(1),
          value: index === 1_400 ? 95 : 50 + 20 * Math.sin(index / 40) + ((index * 7919) % 13) / 6,
          timestamp: new Date(nowMs - (1_440 - index) * 2 * MINUTE_MS).toISOString(),
        })),
    );
    await send([2, 3].map((index) => ({ ...pump(index), value: index })));
    // More than one trial may find, and enough to keep one busy for a while.
    await send(
      Array.from({ length: NOISY_READINGS }, (_, index) => ({
        ...pump(9),
        value: index % 2 ? 100 : 0,
        timestamp: new Date(nowMs - (NOISY_READINGS - index) * 500).toISOString(),
      })),
    );
    await gateway.settled();
    page = await chromium.open(`${gateway.url}/#/rules`);
  });
  afterAll(async () => {
    await chromium.stop();
    await gateway.stop();
  });
  afterEach(() => {
    expect(chromium.problems.splice(0)).toEqual([]);
  });

  const pump = (index: number): { sensorId: string; zone: string; latencyMs: number } => ({
    sensorId: `pump_${index}`,
    zone: index === 1 ? 'boiler_room' : 'cold_store',
    latencyMs: 1,
  });
  async function send(readings: readonly object[]): Promise<void> {
    for (let start = 0; start < readings.length; start += 1_000)
      expect((await gateway.post('/api/ingest/batch', readings.slice(start, start + 1_000))).status).toBe(
        200,
      );
  }
  const rules = async (): Promise<readonly (Rule & Readonly<Record<string, unknown>>)[]> =>
    (await gateway.json('/api/rules')) as (Rule & Readonly<Record<string, unknown>>)[];
  const goTo = async (link: string): Promise<void> => {
    await page.goto(`${gateway.url}/#/rules`);
    await page.goto(`${gateway.url}/${link}`);
  };
  /** Opens the form of a new rule, without input that an earlier test has left in it. */
  const openNew = async (query: string): Promise<void> => {
    await goTo(`#/rules/new?${query}`);
    await page.getByRole('heading', { name: 'New rule' }).waitFor();
    const startOver = page.getByRole('button', { name: 'Start over' });
    if ((await startOver.count()) > 0) await startOver.click();
  };
  const isTrial = (request: Request): boolean => request.url().endsWith('/api/rules/try');
  /** The page's next trial of which this holds. */
  const trialOf = async (holds: (trial: Trial) => boolean): Promise<Trial> =>
    (
      await page.waitForRequest((request) => isTrial(request) && holds(request.postDataJSON() as Trial))
    ).postDataJSON() as Trial;
  /** What the gateway finds by a rule of the test's own, in the range that the page tried. */
  const found = async (rule: object, { sensorId, from, to }: Trial): Promise<Entry[]> => {
    const response = await gateway.post('/api/rules/try', { rule, sensorId, from, to });
    expect(response.status).toBe(200);
    return (await response.json()) as Entry[];
  };
  /** Waits until the list beside the chart holds exactly these, the newest first. */
  const listed = (entries: readonly Entry[], critical = 'critical'): Promise<true> => {
    const wanted = entries
      .map(({ time, type }) => `${type === 'critical' ? critical : type} ${time}`)
      .reverse();
    return until(async () => {
      const shown: string[] = await page.evaluate(
        `[...document.querySelectorAll('[aria-label="Events the rule would have made"] li')]
          .map((item) => item.querySelector('.state').textContent + ' ' + item.dataset.time)`,
      );
      return shown.join() === wanted.slice(0, 100).join() ? true : undefined;
    }, `a list of ${wanted.length} entries`);
  };
  const triggered = (entries: readonly Entry[]): number =>
    entries.filter(({ type }) => type !== 'normal').length;

  it('offers each kind of rule while there are no rules', async () => {
    await page.getByText('There are no rules yet.').waitFor();
    await keepPicture(page, 'rules-none');
    await page.getByRole('link', { name: 'Silent' }).click();
    await page.getByRole('heading', { name: 'New rule' }).waitFor();
    await page.getByRole('radio', { name: 'Silent', checked: true }).waitFor();
  });

  it('shows the result of POST /api/rules/try on the chart while the user types', async () => {
    await goTo('#/rules/new?sensorId=pump_1&kind=above');
    await page.getByRole('radio', { name: 'One sensor', checked: true }).waitFor();
    expect(await page.getByLabel('Sensor', { exact: true }).inputValue()).toBe('pump_1');
    const first = trialOf(({ rule }) => rule.threshold === 60);
    await page.getByLabel('Critical above').fill('60');
    const entries = await found({ kind: 'above', threshold: 60 }, await first);
    expect(triggered(entries)).toBeGreaterThan(2);
    await listed(entries);
    await page
      .getByText(`The rule would have triggered ${triggered(entries)} times in the last 24 hours`)
      .waitFor();
    const chart = page.getByRole('img', { name: `with ${entries.length} marks` });
    await chart.waitFor();
    expect(Number(await chart.getAttribute('data-points'))).toBeGreaterThan(250);
    await keepPicture(page, 'rules-preview');

    const second = trialOf(({ rule }) => rule.hysteresis === 5 && rule.forSeconds === 600);
    await page.getByLabel('Hysteresis').fill('5');
    await page.getByLabel('For at least', { exact: true }).fill('10');
    await page.getByLabel('For at least: unit').selectOption('minutes');
    await listed(await found({ kind: 'above', threshold: 60, hysteresis: 5, forSeconds: 600 }, await second));
  });

  it('tries a rule on other ranges, keeps the range in the URL, and zooms by dragging', async () => {
    const trial = trialOf(({ from, to }) => Date.parse(to) - Date.parse(from) === 360 * MINUTE_MS);
    await page.getByRole('button', { name: '6 h', exact: true }).click();
    const entries = await found(
      { kind: 'above', threshold: 60, hysteresis: 5, forSeconds: 600 },
      await trial,
    );
    await listed(entries);
    expect(page.url()).toContain('range=6h');
    const box = await page.locator('.chart .u-over').boundingBox();
    if (!box) throw new Error('There is no chart to draw over');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, y, { steps: 5 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Whole range' }).click();
    await page.getByRole('button', { name: 'Whole range' }).waitFor({ state: 'detached' });
  });

  it('tries a rule of every kind', async () => {
    const kinds = [
      { kind: 'below', threshold: 40 },
      { kind: 'rate', perSecond: 0.2 },
      { kind: 'silent', afterSeconds: 600 },
      { kind: 'anomaly', sensitivity: 1 },
    ] as const;
    const fields: Readonly<Record<string, () => Promise<unknown>>> = {
      below: () => page.getByLabel('Critical below').fill('40'),
      rate: () => page.getByLabel('Fastest normal change', { exact: true }).fill('0.2'),
      silent: () => page.getByLabel('Silent for', { exact: true }).fill('10'),
      anomaly: () => page.getByRole('slider', { name: 'Sensitivity' }).fill('1'),
    };
    await openNew('sensorId=pump_1&range=7d');
    const counts: Record<string, number> = {};
    for (const rule of kinds) {
      const trial = trialOf(({ rule: tried }) =>
        Object.entries(rule).every(([name, value]) => tried[name] === value),
      );
      await page
        .locator(
          `.kinds label:nth-child(${['', 'below', 'rate', 'silent', 'anomaly'].indexOf(rule.kind) + 1})`,
        )
        .click();
      await fields[rule.kind]?.();
      const entries = await found(rule, await trial);
      await listed(entries, rule.kind === 'silent' ? 'silent' : undefined);
      counts[rule.kind] = triggered(entries);
    }
    expect(counts).toEqual({
      below: expect.any(Number),
      rate: expect.any(Number),
      // The pause, and since the last reading.
      silent: expect.any(Number),
      anomaly: expect.any(Number),
    });
    expect(Math.min(counts.below ?? 0, counts.rate ?? 0, counts.silent ?? 0)).toBeGreaterThan(0);
    await page.getByText('The rule learns from the start of this range').waitFor();
    await keepPicture(page, 'rules-preview-anomaly');
    await page.getByRole('button', { name: '1 h', exact: true }).click();
    await page.getByText('The rule needs this whole range to learn').waitFor();
  });

  it('cancels a trial when the input has changed', async () => {
    await openNew('sensorId=pump_1');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/api/rules/try', async (route) => {
      if ((route.request().postDataJSON() as Trial).rule.threshold === 61) await held;
      await route.continue().catch(() => undefined);
    });
    const asked = trialOf(({ rule }) => rule.threshold === 61);
    await page.getByLabel('Critical above').fill('61');
    await asked;
    await page.getByRole('status').filter({ hasText: 'Trying' }).waitFor();
    const ended = page.waitForEvent('requestfailed', isTrial);
    const next = trialOf(({ rule }) => rule.threshold === 66);
    await page.getByLabel('Critical above').fill('66');
    expect(((await ended).postDataJSON() as Trial).rule.threshold).toBe(61);
    await listed(await found({ kind: 'above', threshold: 66 }, await next));
    release();
    await page.unroute('**/api/rules/try');
  });

  it('explains that a trial makes too many events', async () => {
    await goTo('#/rules/new?sensorId=pump_9&threshold=50');
    await page.getByRole('alert').filter({ hasText: 'the rule makes more than 10000 events' }).waitFor();
    await page.getByText('Choose a shorter range').waitFor();
    await keepPicture(page, 'rules-too-much');
  });

  it('waits while the gateway is busy with other trials, and says so', async () => {
    let isOver = false;
    const body = { rule: { kind: 'anomaly' }, sensorId: 'pump_9', from: '-24h' };
    const others = Array.from({ length: 4 }, async () => {
      while (!isOver) await (await gateway.post('/api/rules/try', body)).text();
    });
    await goTo('#/rules/new?sensorId=pump_1&threshold=64');
    await page.getByRole('status').filter({ hasText: 'Waiting for other trials' }).waitFor();
    isOver = true;
    await Promise.all(others);
    await page.getByText(/The rule would have triggered/).waitFor();
  });

  it('says while the user types that something is no number, but not of the start of one', async () => {
    await goTo('#/rules/new?kind=above');
    const threshold = page.getByLabel('Critical above');
    const problem = page.getByText('Must be a number, such as 80 or -2.5');
    await threshold.fill('-8o');
    await problem.waitFor();
    await threshold.fill('-');
    await problem.waitFor({ state: 'detached' });
    await page.getByLabel('Hysteresis').focus();
    await problem.waitFor();
  });

  it('heeds a link to another new rule, and keeps unsaved input for the way back', async () => {
    await goTo('#/rules/new?kind=silent');
    const silentFor = page.getByLabel('Silent for', { exact: true });
    await silentFor.fill('7');
    await page.goto(`${gateway.url}/#/rules/new?kind=above&sensorId=pump_1&threshold=77`);
    expect(await page.getByLabel('Critical above').inputValue()).toBe('77');
    await page.getByRole('radio', { name: 'One sensor', checked: true }).waitFor();
    // What the preview writes into the URL leaves the form alone.
    await page.getByLabel('Critical above').fill('78');
    await page.getByRole('button', { name: '6 h', exact: true }).click();
    await page.waitForURL(/range=6h/);
    expect(await page.getByLabel('Critical above').inputValue()).toBe('78');
    await page.goBack();
    await page.getByText('Your input from before is still here').waitFor();
    expect(await silentFor.inputValue()).toBe('7');
    await page.getByRole('button', { name: 'Start over' }).click();
    expect(await silentFor.inputValue()).toBe('5');
  });

  it('tries a rule on the newest data of a sensor that sent its last reading long ago, and on dates', async () => {
    await send(
      Array.from({ length: 100 }, (_, index) => ({
        ...pump(4),
        value: index === 50 ? 95 : 50,
        timestamp: new Date(Date.UTC(2014, 1, 3, 12, index)).toISOString(),
      })),
    );
    await goTo('#/rules/new?sensorId=pump_4&threshold=90');
    await page
      .getByText(/The last reading of pump_4 is from 3 Feb 2014, 13:39.*The preview shows the 24 hours up to/)
      .waitFor();
    await page.getByText(/would have triggered once in the 24 hours up to the last reading/).waitFor();
    await keepPicture(page, 'rules-preview-old');

    await page.getByRole('button', { name: 'Pick dates' }).click();
    await page.getByLabel('From').fill('2014-02-03T12:40');
    await page.getByLabel('To', { exact: true }).fill('2014-02-03T12:45');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('The rule would not have triggered in this range').waitFor();
    expect(decodeURIComponent(page.url())).toContain('from=2014-02-03T12:40:00.000Z');

    await goTo('#/rules/new?sensorId=pump_4&threshold=90&from=2013-01-01T00:00Z&to=2013-01-02T00:00Z');
    await page.getByRole('button', { name: 'Go to the last reading' }).click();
    await page.getByText('The rule would have triggered once in this range').waitFor();
  });

  it('shows errors at their fields, from the page and from the gateway', async () => {
    await openNew('kind=above');
    await page.getByRole('button', { name: 'Create rule' }).click();
    const threshold = page.getByLabel('Critical above');
    await page.getByText('Must be a number, such as 80 or -2.5').waitFor();
    await page.locator('.field-group', { hasText: 'Critical above' }).locator('input:focus').waitFor();
    expect(await threshold.getAttribute('aria-invalid')).toBe('true');
    await threshold.fill('70');
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('too\\hot');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-group', { has: name }).getByText('name must be').waitFor();
    await keepPicture(page, 'rules-wrong');
    expect(await rules()).toEqual([]);
  });

  it('creates a rule, which watches from then on, and links to its events', async () => {
    await page.getByRole('radio', { name: 'One zone' }).check();
    await page.getByRole('combobox', { name: 'Zone' }).fill('cold_store');
    await page.getByLabel('Hysteresis').fill('2');
    await page.getByLabel('Name', { exact: true }).fill('Too hot');
    await page.getByRole('button', { name: 'Create rule' }).click();
    const row = page.getByRole('row', { name: /Too hot/ });
    await row.filter({ hasText: 'Values above 70, until back at 68' }).waitFor();
    await row.filter({ hasText: 'zone cold_store' }).waitFor();
    const [rule] = await rules();
    expect(rule).toMatchObject({
      name: 'Too hot',
      kind: 'above',
      threshold: 70,
      hysteresis: 2,
      zone: 'cold_store',
    });
    await send([{ ...pump(2), value: 75 }]);
    await row.filter({ hasText: /critical at 1since \d\d:\d\d \(/ }).waitFor();
    expect(await row.getByRole('link', { name: 'critical at 1' }).getAttribute('href')).toBe(
      '#/sensors/pump_2',
    );
    await row.getByRole('link', { name: 'Log of Too hot' }).click();
    await page.locator('[data-event]', { hasText: 'pump_2 is above 70: 75 (Too hot)' }).waitFor();
    expect(page.url()).toContain(`#/log?ruleId=${rule?.id ?? ''}`);
  });

  it('changes a rule', async () => {
    await goTo('#/rules');
    await page.getByRole('link', { name: 'Too hot', exact: true }).click();
    const threshold = page.getByLabel('Critical above');
    expect(await threshold.inputValue()).toBe('70');
    expect(await page.getByRole('combobox', { name: 'Zone' }).inputValue()).toBe('cold_store');
    await threshold.fill('72.5');
    await page.getByLabel('Name', { exact: true }).fill('Far too hot');
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .getByRole('row', { name: /Far too hot/ })
      .filter({ hasText: 'above 72.5' })
      .waitFor();
    expect(await rules()).toMatchObject([{ name: 'Far too hot', threshold: 72.5, hysteresis: 2 }]);
  });

  it('deletes a rule after confirmation', async () => {
    await page.getByRole('button', { name: 'Delete Far too hot' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await rules()).toHaveLength(1);
    await page.getByRole('button', { name: 'Delete Far too hot' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('There are no rules yet.').waitFor();
    expect(await rules()).toEqual([]);
  });

  it('calls a silent sensor silent in the table, in the log and among its events', async () => {
    await gateway.post('/api/rules', { name: 'Gone', kind: 'silent', afterSeconds: 1, zone: 'cold_store' });
    await goTo('#/rules');
    await page.reload();
    const row = page.getByRole('row', { name: /Gone/ });
    const sensors = (await gateway.json('/api/sensors?zone=cold_store')) as object[];
    const now = `silent at ${sensors.length}`;
    await row.filter({ hasText: new RegExp(String.raw`${now}since \d\d:\d\d \(`) }).waitFor();
    expect(await row.getByRole('link', { name: now }).getAttribute('href')).toBe(
      '#/?state=silent&zone=cold_store',
    );
    await page.getByRole('button', { name: 'Active only (1)' }).click();
    await row.getByRole('link', { name: 'Log of Gone' }).click();
    const entry = page.locator('[data-event]', { hasText: 'pump_2 is silent' });
    await entry.locator('.state', { hasText: 'silent' }).waitFor();
    // The filter says that the gateway's type includes both.
    await page.getByRole('button', { name: 'critical or silent' }).click();
    await entry.waitFor();
    await entry.getByRole('link', { name: /pump_2 is silent/ }).click();
    await page
      .locator('.event-list li', { hasText: 'silent' })
      .locator('.state', { hasText: 'silent' })
      .waitFor();
    for (const { id } of await rules()) await gateway.get(`/api/rules/${id}`, { method: 'DELETE' });
  });

  it('says that a rule does not exist', async () => {
    await goTo('#/rules/4f2a9c81d07b');
    await page.getByRole('heading', { name: 'Rule not found' }).waitFor();
  });

  it('lets a reader try a rule, but not save it', async () => {
    const guarded = await Gateway.start({ ADMIN_KEY });
    try {
      guarded.key = ADMIN_KEY;
      const { key } = await makeKey(guarded, { name: 'wall', role: 'reader' });
      await guarded.post('/api/rules', { name: 'Too hot', kind: 'above', threshold: 70 });
      await guarded.post('/api/ingest/batch', [{ ...pump(1), value: 90 }]);
      await guarded.settled();
      const reader = await chromium.open(`${guarded.url}/#/rules`);
      await reader.getByLabel('Key').fill(key);
      await reader.getByRole('button', { name: 'Sign in' }).click();
      await reader.getByText('Your key is a reader key').waitFor();
      expect(await reader.getByRole('button', { name: 'Delete' }).count()).toBe(0);
      await reader.getByRole('link', { name: 'Too hot', exact: true }).click();
      await reader.getByText('The rule would have triggered once in the last 24 hours').waitFor();
      expect(await reader.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
      await keepPicture(reader, 'rules-reader');
      await reader.context().close();
    } finally {
      await guarded.stop();
    }
  });

  it.each(['light', 'dark'] as const)('has no accessibility problems, %s', async (colours) => {
    await gateway.post('/api/rules', { name: 'Too hot', kind: 'above', threshold: 70, zone: 'boiler_room' });
    await gateway.post('/api/rules', { name: 'Gone quiet', kind: 'silent', afterSeconds: 90 });
    const reader = await chromium.open(`${gateway.url}/#/rules`, { colours, height: 1_000 });
    await reader
      .getByRole('row', { name: /Gone quiet/ })
      .first()
      .waitFor();
    expect(await violationsOf(reader)).toEqual([]);
    await keepPicture(reader, `rules-${colours}`);
    await reader.getByRole('link', { name: 'Too hot', exact: true }).first().click();
    await reader.getByText(/The rule would/).waitFor();
    await reader.locator('.chart canvas').waitFor();
    expect(await violationsOf(reader)).toEqual([]);
    await keepPicture(reader, `rule-${colours}`);
    await reader.context().close();
  });

  it('fits a phone', async () => {
    const view = { width: 390, height: 844, colours: 'dark' } as const;
    const reader = await chromium.open(`${gateway.url}/#/rules`, view);
    await reader.getByRole('link', { name: 'Too hot', exact: true }).first().waitFor();
    expect(await reader.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await keepPicture(reader, 'rules-phone');
    await reader.getByRole('link', { name: 'Too hot', exact: true }).first().click();
    await reader.locator('.chart canvas').waitFor();
    await reader.setViewportSize({ width: 360, height: 1_900 });
    expect(await reader.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await reader.getByText(/The rule would/).waitFor();
    await keepPicture(reader, 'rule-phone');
    await reader.context().close();
  });
});
