import type { Locator, Page } from 'playwright-core';

import { Chromium, keepPicture, violationsOf, type View } from '../support/browser.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const READING = { sensorId: 'pump_1', zone: 'hall_1', value: 1, latencyMs: 1 };

describe('the keys view', () => {
  let chromium: Chromium;
  let gateway: Gateway;
  let page: Page;

  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterAll(async () => {
    await chromium.stop();
    expect(chromium.problems).toEqual([]);
  });
  afterEach(async () => {
    await page.context().close();
    await gateway.stop();
  });

  const view = async (key: string, options: View = {}): Promise<void> => {
    page = await chromium.open(`${gateway.url}/#/keys`, options);
    if (key !== '') await signIn(key);
  };
  const signIn = async (key: string): Promise<void> => {
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.getByLabel('Key').fill(key);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const dialog = (name: string | RegExp): Locator => page.getByRole('dialog', { name });
  const row = (name: string): Locator =>
    page.getByRole('table', { name: 'Keys' }).locator('tbody tr').filter({ hasText: name });
  const button = (within: Locator, name: string | RegExp): Locator => within.getByRole('button', { name });
  const secretIn = async (within: Locator): Promise<string> => within.locator('pre').innerText();
  const statusWith = async (key: string, path = '/api/latest'): Promise<number> =>
    (await gateway.get(path, { headers: { authorization: `Bearer ${key}` } })).status;

  describe('while there is no key', () => {
    beforeEach(async () => {
      gateway = await Gateway.start();
    });

    it('explains what the first key changes, creates it and continues with it', async () => {
      await view('');
      await page.getByText('Creating the first key turns protection on').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await keepPicture(page, 'keys-none');
      await page.getByRole('button', { name: 'Create the first key' }).click();
      const form = dialog('Create the first key');
      expect(await form.getByLabel('admin').isChecked()).toBe(true);
      await form.getByLabel('Name').fill('Ada');
      await button(form, 'Create key').click();

      const made = dialog('Key “Ada”');
      await made.getByText('it is shown only once').waitFor();
      expect((await gateway.get('/api/keys')).status).toBe(401);
      // What the page asks for meanwhile is refused, and must not take the key out of sight.
      await page.waitForResponse((response) => response.status() === 401);
      expect(await dialog('Sign in').count()).toBe(0);
      const secret = await secretIn(made);
      expect(await statusWith(secret, '/api/keys')).toBe(200);
      expect(await violationsOf(page)).toEqual([]);
      await button(made, 'Use it in this tab').click();

      await row('Ada').getByText('this tab').waitFor();
      await page.getByText('live', { exact: true }).waitFor();
      expect(await dialog('Sign in').count()).toBe(0);
      await page.reload();
      await row('Ada').getByText('this tab').waitFor();
    });

    it('asks for the key when the user did not choose to use it', async () => {
      await view('');
      await page.getByRole('button', { name: 'Create the first key' }).click();
      await dialog('Create the first key').getByLabel('Name').fill('Ada');
      await button(dialog('Create the first key'), 'Create key').click();
      const secret = await secretIn(dialog('Key “Ada”'));
      await button(dialog('Key “Ada”'), 'I have copied it').click();
      await signIn(secret);
      await row('Ada').getByText('this tab').waitFor();
    });

    it('warns before a first key with which nobody could manage keys', async () => {
      await view('');
      await page.getByRole('button', { name: 'Create the first key' }).click();
      const form = dialog('Create the first key');
      await form.getByLabel('reader').check();
      await form.getByText('Nobody could manage keys, rules or dead letters here any more.').waitFor();
      expect(await button(form, 'Create a reader key anyway').count()).toBe(1);
      expect(await button(form, 'Create key').count()).toBe(0);
      await page.keyboard.press('Escape');
      await form.waitFor({ state: 'detached' });
      expect(await gateway.json('/api/keys')).toEqual([]);
    });
  });

  describe('once there are keys', () => {
    beforeEach(async () => {
      gateway = await Gateway.start({ ADMIN_KEY });
      gateway.key = ADMIN_KEY;
    });

    it('creates a key with restrictions, limits and an expiry, and shows it once', async () => {
      await view(ADMIN_KEY);
      await page.getByRole('button', { name: 'Create a key' }).click();
      const form = dialog('Create a key');
      await form.getByLabel('Name').fill('Pump house');
      await form.getByLabel('Sensors').fill('pump_*\nfan_1');
      await form.getByLabel('Zones').fill('hall_1');
      await form.getByText('Expiry and limits').click();
      await form.getByLabel('Expires').fill('2099-03-01T12:30');
      await form.getByLabel('Readings per second').fill('500');
      await button(form, 'Create key').click();

      const made = dialog('Key “Pump house”');
      const secret = await secretIn(made);
      expect(secret).toMatch(/^pxk_[\w-]{43}$/);
      await button(made, 'I have copied it').click();
      expect(await row('Pump house').innerText()).toMatch(
        /active\s+device\s+sensors pump_\*, fan_1\s+zones hall_1\s+500 readings\/s[^]*1 Mar 2099, 12:30:00\s+never/,
      );
      expect(await page.content()).not.toContain(secret);
      const headers = { authorization: `Bearer ${secret}` };
      expect((await gateway.post('/api/ingest', READING, headers)).status).toBe(201);
      expect((await gateway.post('/api/ingest', { ...READING, sensorId: 'oven' }, headers)).status).toBe(403);
      await until(
        async () => (/now|ago/.test(await row('Pump house').innerText()) ? true : undefined),
        'its use to be seen',
      );
    });

    it('shows errors at their fields', async () => {
      await view(ADMIN_KEY);
      await page.getByRole('button', { name: 'Create a key' }).click();
      const form = dialog('Create a key');
      await form.getByLabel('Name').fill('back\\slash');
      await form.getByLabel('Sensors').fill('pump\\1');
      await button(form, 'Create key').click();
      await until(
        async () => ((await form.locator('[aria-invalid="true"]').count()) === 2 ? true : undefined),
        'two fields to be marked',
      );
      const hintOf = async (name: string): Promise<string> => {
        const id = (await form.getByLabel(name).getAttribute('aria-describedby')) ?? '';
        return page.locator(`[id="${id}"]`).innerText();
      };
      expect(await hintOf('Name')).toContain('name must be 1 to 128 characters');
      expect(await hintOf('Sensors')).toContain('sensors must be a list');
      await form.getByLabel('Name').fill('fine');
      await form.getByLabel('Sensors').fill('');
      await form.getByText('Expiry and limits').click();
      await form.getByLabel('Expires').fill('2020-01-01T00:00');
      await button(form, 'Create key').click();
      await form.getByText('This time is in the past: the key would never work.').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      expect(await gateway.json('/api/keys')).toEqual([]);
    });

    it('rotates a key, and keeps the old secret valid for the chosen time', async () => {
      const { key } = await makeKey(gateway, { name: 'Grafana', role: 'reader' });
      await view(ADMIN_KEY);
      await button(row('Grafana'), 'Rotate').click();
      await button(dialog('Rotate “Grafana”'), 'Rotate').click();
      const made = dialog('New secret for “Grafana”');
      await made.getByText('The old secret is valid until').waitFor();
      const second = await secretIn(made);
      await button(made, 'I have copied it').click();
      await row('Grafana').getByText('old secret valid until').waitFor();
      expect([await statusWith(key), await statusWith(second)]).toEqual([200, 200]);

      await button(row('Grafana'), 'Rotate').click();
      await dialog('Rotate “Grafana”').getByLabel('Old secret stays valid for').fill('0');
      await button(dialog('Rotate “Grafana”'), 'Rotate').click();
      await made.getByText('The old secret no longer works.').waitFor();
      const third = await secretIn(made);
      expect([await statusWith(key), await statusWith(second), await statusWith(third)]).toEqual([
        401, 401, 200,
      ]);
    });

    it('revokes a key after confirmation, and keeps it in the list', async () => {
      const { key } = await makeKey(gateway, { name: 'Contractor', role: 'reader' });
      await view(ADMIN_KEY);
      await button(row('Contractor'), 'Revoke').click();
      const asked = dialog('Revoke “Contractor”?');
      expect(await asked.getByText('This tab uses this key.').count()).toBe(0);
      await button(asked, 'Revoke').click();
      await row('Contractor').getByText('revoked').waitFor();
      expect(await statusWith(key)).toBe(401);
      expect(await row('Contractor').getByRole('button').count()).toBe(0);
      await page.getByRole('link', { name: 'Active 0' }).click();
      await row('Contractor').waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'All 1' }).click();
      await row('Contractor').waitFor();
    });

    it('warns before this tab revokes the key it uses itself, and then asks for another', async () => {
      const { key } = await makeKey(gateway, { name: 'Ada', role: 'admin' });
      await view(key);
      await row('Ada').getByText('this tab').waitFor();
      await button(row('Ada'), 'Revoke').click();
      const asked = dialog('Revoke “Ada”?');
      await asked.getByText('This tab uses this key.').waitFor();
      await asked.getByText('This is the last admin key in the list.').waitFor();
      await button(asked, 'Revoke').click();
      await signIn(ADMIN_KEY);
      await row('Ada').getByText('revoked').waitFor();
    });

    it('rotates the key that this tab uses, and continues with the new secret', async () => {
      const { key } = await makeKey(gateway, { name: 'Ada', role: 'admin' });
      await view(key);
      await button(row('Ada'), 'Rotate').click();
      await dialog('Rotate “Ada”').getByLabel('Old secret stays valid for').fill('0');
      await button(dialog('Rotate “Ada”'), 'Rotate').click();
      await button(dialog('New secret for “Ada”'), 'Use it in this tab').click();
      await row('Ada').getByText('this tab').waitFor();
      expect(await dialog('Sign in').count()).toBe(0);
      expect(await statusWith(key)).toBe(401);
    });

    it('tells a reader that only admins can see keys', async () => {
      const { key } = await makeKey(gateway, { name: 'onlooker', role: 'reader' });
      await view(key);
      await page.getByText('Only admins can see keys').waitFor();
      expect(await page.getByRole('button', { name: 'Create a key' }).count()).toBe(0);
      expect(await violationsOf(page)).toEqual([]);
    });

    it.each([
      ['light', 1280, 800],
      ['dark', 1280, 800],
      ['light', 390, 844],
      ['dark', 390, 844],
    ] as const)('has no accessibility problems, %s at %d px', async (colours, width, height) => {
      const { id } = await makeKey(gateway, { name: 'Pump house', role: 'device', sensors: ['pump_*'] });
      await gateway.post(`/api/keys/${id}/rotate`, {});
      await makeKey(gateway, { name: 'Old', role: 'reader', expiresAt: '2025-01-01T00:00:00Z' });
      await view(ADMIN_KEY, { colours, width, height });
      await row('Old').getByText('expired').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await keepPicture(page, `keys-${colours}-${width}`);
      await page.getByRole('button', { name: 'Create a key' }).click();
      await dialog('Create a key').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await keepPicture(page, `keys-make-${colours}-${width}`);
    });
  });
});
