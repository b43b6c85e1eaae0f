import type { AddressInfo } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

import ipaddr from 'ipaddr.js';

import { isLoopback } from '../http/server/client-network.js';

/** The interfaces of this machine, by name. */
export type Interfaces = Readonly<NodeJS.Dict<readonly NetworkInterfaceInfo[]>>;

/** Names of interfaces to containers, virtual machines and private networks: devices are rarely there. */
const VIRTUAL =
  /^(?:docker|podman|br-|veth|virbr|vmnet|vboxnet|cni|flannel|cali|tap|tun|utun|wg|zt|tailscale)/i;

/** Where a server listens. */
export interface Listening extends Pick<AddressInfo, 'address' | 'port'> {
  readonly scheme: 'http' | 'https';
}

/**
 * The URLs by which other machines reach a server, those of usual interfaces and of IPv4 first. A server on every network has one for
 * each address of this machine; without any, and on the loopback address, it has only that of the loopback address.
 */
export function deviceUrls({ scheme, address, port }: Listening, interfaces: Interfaces): string[] {
  const { isEvery, isIpv6 } = kindOf(address);
  const others = isEvery ? addressesOf(interfaces, isIpv6) : [address];
  const addresses = others.length > 0 ? others : ['127.0.0.1'];
  return addresses.map((one) => `${scheme}://${one.includes(':') ? `[${one}]` : one}:${port}`);
}

/** Whether no other machine reaches a server on this address. */
export function isOnlyLocal({ address }: Pick<Listening, 'address'>): boolean {
  return isLoopback(address);
}

function kindOf(address: string): { readonly isEvery: boolean; readonly isIpv6: boolean } {
  if (!ipaddr.isValid(address)) return { isEvery: false, isIpv6: false };
  const parsed = ipaddr.process(address);
  return { isEvery: parsed.range() === 'unspecified', isIpv6: parsed.kind() === 'ipv6' };
}

/** @param withIpv6 a server on every IPv6 address also takes IPv4 */
function addressesOf(interfaces: Interfaces, withIpv6: boolean): string[] {
  const found = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter(({ internal, family, address }) => {
        const isWanted = withIpv6 || family === 'IPv4';
        // An address that is valid only on its own line cannot be part of a URL.
        return isWanted && !internal && ipaddr.parse(address).range() !== 'linkLocal';
      })
      .map(({ family, address }) => ({
        address,
        rank: Number(VIRTUAL.test(name)) + (family === 'IPv4' ? 0 : 2),
      })),
  );
  return found.sort((a, b) => a.rank - b.rank).map(({ address }) => address);
}
