import { get } from 'node:https';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';

import { makeCertificate, writeCertificate } from '../support/certificate.js';
import { Gateway } from '../support/gateway.js';

/** The addresses of this machine that others may reach. */
const addresses = Object.values(networkInterfaces())
  .flatMap((infos = []) => infos)
  .filter(({ internal, address }) => !internal && !/^(?:169\.254\.|fe80:)/i.test(address));

describe('GET /api/about', () => {
  it('says that only this machine reaches a gateway that was not told otherwise', async () => {
    const gateway = await Gateway.start();
    const response = await gateway.get('/api/about');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      isLoopbackOnly: true,
      urls: [gateway.url],
    });
    await gateway.stop();
  });

  it('names a URL for each address of a gateway on every network', async () => {
    const gateway = await Gateway.start({ HOST: '0.0.0.0', AUTH: 'off' });
    const { port } = new URL(gateway.url);
    const expected = addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
    const { isLoopbackOnly, urls } = (await gateway.json('/api/about')) as Record<string, unknown>;
    expect(isLoopbackOnly).toBe(false);
    expect([...(urls as string[])].sort()).toEqual(
      (expected.length > 0 ? expected : ['127.0.0.1']).map((host) => `http://${host}:${port}`).sort(),
    );
    await gateway.stop();
  });

  it('names https where the gateway has a certificate', async () => {
    const gateway = await Gateway.start({ ...writeCertificate(await makeCertificate()) });
    const answer = await new Promise<string>((resolve, reject) => {
      get(`${gateway.url}/api/about`, { rejectUnauthorized: false, agent: false }, (response) => {
        resolve(text(response));
      }).on('error', reject);
    });
    expect(JSON.parse(answer)).toMatchObject({ urls: [gateway.url] });
    expect(gateway.url).toMatch(/^https:/);
    await gateway.stop();
  });
});
