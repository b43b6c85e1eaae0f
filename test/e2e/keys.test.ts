import { Gateway } from '../support/gateway.js';

const ADMIN_KEY = 'admin-of-the-key-tests-0123456789';

describe('keys', () => {
  it('tells when an old secret ends as a time, for a grace with any fraction of a second', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const made = await gateway.post('/api/keys', { name: 'k', role: 'reader' }, headers);
    const { id } = (await made.json()) as { id: string };
    const rotated = await gateway.post(`/api/keys/${id}/rotate`, { graceSeconds: 60.123456789 }, headers);
    const { oldSecretEndsAt } = (await rotated.json()) as { oldSecretEndsAt: string };
    expect(oldSecretEndsAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/);
    await gateway.stop();
  });
});
