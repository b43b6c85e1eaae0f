import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

import type { ServerConfig } from '../../common/config/sections/server.config.js';

/** Only what a path needs: the value becomes part of answers. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+\/?$/;

/** A host name or IP address, with or without a port. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

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
  return isTrusted(request, trustedProxies) ? withoutSlash(prefix) : '';
}

/**
 * The URL by which clients reach the gateway through a proxy: PUBLIC_URL, or what a trusted proxy says in X-Forwarded-Host, -Proto and
 * -Prefix.
 * @returns a URL without a slash at its end; undefined when neither says it
 */
export function publicUrl(request: FastifyRequest, config: PublicConfig): string | undefined {
  if (config.publicUrl !== undefined) return withoutSlash(config.publicUrl);
  const { 'x-forwarded-host': host, 'x-forwarded-proto': proto = request.protocol } = request.headers;
  const scheme = String(proto).toLowerCase();
  // A list is of several proxies, and a client may have begun it.
  if (typeof host !== 'string' || !HOST.test(host) || (scheme !== 'http' && scheme !== 'https'))
    return undefined;
  const url = `${scheme}://${host}${publicPrefix(request, config)}`;
  return URL.canParse(url) && isTrusted(request, config.trustedProxies) ? url : undefined;
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

/** Whether a request comes from one of these networks. */
function isTrusted({ raw: { socket } }: FastifyRequest, networks: readonly string[]): boolean {
  const ip = socket.remoteAddress ?? '';
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
