import { clientNetworkOf, isLoopback } from '../../../src/http/server/client-network.js';

describe('the network of a client, for limits', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('counts %s as %s', (ip, network) => {
    expect(clientNetworkOf(ip)).toBe(network);
  });
});

describe('a host to listen on', () => {
  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '::ffff:127.0.0.1'])(
    '%s accepts local connections only',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.example.com', 'gateway'])(
    '%s accepts connections from other machines',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
