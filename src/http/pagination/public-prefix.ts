import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

import type { ServerConfig } from '../../common/config/sections/server.config.js';

/** Only what a path needs: the value becomes part of answers. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+\/?$/;

type PublicConfig = Pick<ServerConfig, 'publicUrl' | 'trustedProxies'>;

/**
 * The path below which clients reach the gateway through a proxy that removes it: that of PUBLIC_URL, or the X-Forwarded-Prefix of a
 * trusted proxy.
 * @returns a path without a slash at its end; empty when there is none
 */
export function publicPrefix(request: FastifyRequest, { publicUrl, trustedProxies }: PublicConfig): string {
  if (publicUrl !== undefined) return withoutSlash(new URL(publicUrl).pathname);
  const prefix = request.headers['x-forwarded-prefix'];
  if (typeof prefix !== 'string' || !PREFIX.test(prefix)) return '';
  return isTrusted(request.raw.socket.remoteAddress ?? '', trustedProxies) ? withoutSlash(prefix) : '';
}

/**
 * Where the gateway is for clients, as the OpenAPI description says it.
 * @returns undefined when that is where the description itself is
 */
export function publicServer(request: FastifyRequest, config: PublicConfig): string | undefined {
  const { publicUrl } = config;
  return withoutSlash(publicUrl ?? publicPrefix(request, config)) || undefined;
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function isTrusted(ip: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const client = ipaddr.process(ip);
  return networks.some((network) => {
    const [range, bits] = network.includes('/')
      ? ipaddr.parseCIDR(network)
      : ([ipaddr.process(network), undefined] as const);
    if (range.kind() !== client.kind()) return false;
    return bits === undefined ? range.toString() === client.toString() : client.match(range, bits);
  });
}
