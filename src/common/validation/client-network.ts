import ipaddr from 'ipaddr.js';

const IPV6_GROUPS_OF_A_NETWORK = 4;

/**
 * By whom limits count: an IPv4 address, or an IPv6 network of 64 bits, because whoever has one address of it
 * has them all. An IPv4 address written as IPv6 counts as what it is.
 */
export function clientNetworkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, IPV6_GROUPS_OF_A_NETWORK)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** Whether listening on this address serves this machine alone. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}
