import type { NetworkInterfaceInfo } from 'node:os';

import { deviceUrls, isOnlyLocal } from '../../src/about/device-urls.js';

function info(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, internal, netmask: '', mac: '00:00:00:00:00:00', cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

const INTERFACES = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  docker0: [info('172.17.0.1'), info('fd01::1')],
  eth0: [info('fe80::1'), info('fd00::2'), info('192.168.1.10')],
  wlan0: [info('169.254.3.4'), info('10.0.0.7')],
};

describe('the URLs for devices', () => {
  it.each([
    ['0.0.0.0', ['192.168.1.10', '10.0.0.7', '172.17.0.1']],
    ['::', ['192.168.1.10', '10.0.0.7', '172.17.0.1', '[fd00::2]', '[fd01::1]']],
    ['192.168.1.10', ['192.168.1.10']],
    ['fd00::2', ['[fd00::2]']],
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['[::1]']],
  ])('of a server on %s are those of %j', (address, hosts) => {
    expect(deviceUrls({ scheme: 'http', address, port: 8000 }, INTERFACES)).toEqual(
      hosts.map((host) => `http://${host}:8000`),
    );
  });

  it('have the scheme of the server, and that of the loopback address where there is no network', () => {
    const listening = { scheme: 'https', address: '0.0.0.0', port: 443 } as const;
    expect(deviceUrls(listening, { lo: INTERFACES.lo })).toEqual(['https://127.0.0.1:443']);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.10', false],
  ])('know whether only this machine reaches %s: %s', (address, expected) => {
    expect(isOnlyLocal({ address })).toBe(expected);
  });
});
