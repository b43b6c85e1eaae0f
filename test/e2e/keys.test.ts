import { Gateway } from '../support/gateway.js';

const ADMIN_KEY = 'admin-of-the-key-tests-0123456789';

describe('keys', () => {
  it('show when an old secret expires, for a grace period with any fraction of a second', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const made = await gateway.post('/api/keys', { name: 'k', role: 'reader' }, headers);
    const { id } = (await made.json()) as { id: string };
    const rotated = await gateway.post(`/api/keys/${id}/rotate`, { graceSeconds: 60.123456789 }, headers);
    const { oldSecretEndsAt } = (await rotated.json()) as { oldSecretEndsAt: string };
    expect(oldSecretEndsAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/);
    await gateway.stop();
  });

  it('show which one authenticates the request', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    const ask = async (key: string, path: string, body?: object): Promise<unknown> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await (body ? gateway.post(path, body, headers) : gateway.get(path, { headers }))).json();
    };
    const wanted = { name: 'mine', role: 'admin' };
    const mine = (await ask(ADMIN_KEY, '/api/keys', wanted)) as { id: string; key: string; current: boolean };
    await ask(ADMIN_KEY, '/api/keys', { ...wanted, name: 'another' });
    const currentOf = async (key: string): Promise<unknown> =>
      ((await ask(key, '/api/keys')) as { name: string; current: boolean }[]).map((one) => [
        one.name,
        one.current,
      ]);
    expect(mine.current).toBe(false);
    expect(await currentOf(ADMIN_KEY)).toEqual([
      ['mine', false],
      ['another', false],
    ]);
    expect(await currentOf(mine.key)).toEqual([
      ['mine', true],
      ['another', false],
    ]);
    expect(await ask(mine.key, `/api/keys/${mine.id}/rotate`, {})).toMatchObject({
      id: mine.id,
      current: true,
    });
    await gateway.stop();
  });
});
