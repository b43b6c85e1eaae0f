import ipaddr from 'ipaddr.js';

const IPV6_GROUPS_OF_A_NETWORK = 4;

/**
 * What limits count a client by: its IPv4 address, or its IPv6 network of 64 bits, because a client with one address of the
 * network has all of them. An IPv4 address written as IPv6 counts as IPv4.
 */
export function clientNetworkOf(ip: string): string {
  if (!ip.includes(':') || !ipaddr.isValid(ip)) return ip;
  const parsed = ipaddr.process(ip);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, IPV6_GROUPS_OF_A_NETWORK)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** Whether a server on this host accepts local connections only. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}
