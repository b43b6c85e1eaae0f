import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../common/errors/gateway-error.js';
import { formatValue } from '../common/errors/format-value.js';
import { hasForeignOrigin } from '../http/server/web-page-origin.js';

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;
const NEXT_STEP = 'make a key (npm run keys) and send it, or set AUTH=off';

/** Headers that proxies, tunnels and content delivery networks add; docs/security.md says which one adds which. */
const PROXY_HEADERS = new Set([
  'via',
  'forwarded',
  'cdn-loop',
  'client-ip',
  'do-connecting-ip',
  'front-end-https',
  'proxy-connection',
  'true-client-ip',
  'x-amzn-trace-id',
  'x-arr-log-id',
  'x-client-ip',
  'x-cloud-trace-context',
  'x-cluster-client-ip',
  'x-fd-healthprobe',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-scheme',
  'x-varnish',
]);
const PROXY_PREFIXES =
  /^(?:x-forwarded-|cf-|fastly-|fly-|ngrok-|tailscale-|x-akamai-|x-amz-cf-|x-azure-|x-envoy-|x-nf-|x-original-|x-vercel-)/;

/** Whether a Host header names this machine by a name that no other machine can have. */
export function isLocalHost(host: string): boolean {
  return LOCAL_HOST.test(host);
}

/**
 * Refuses requests that do not come from a program on this machine. Without keys only the loopback address protects the
 * gateway, and a reverse proxy, a web page or a host name that resolves to it (DNS rebinding) can reach that too.
 * @param isProbe whether it is a health check, which old load balancers send with HTTP/1.0
 * @throws GatewayError LOCAL_ONLY
 */
export function refuseNonLocal(
  request: FastifyRequest,
  allowedOrigins: readonly string[],
  isProbe: boolean,
): void {
  const { headers, raw } = request;
  const { host, origin } = headers;
  const isOld = raw.httpVersionMinor === 0;
  // nginx's default proxying uses HTTP/1.0, sends the gateway's own address as Host, and adds no header.
  if (isOld && !isProbe)
    throw localOnly(
      'HTTP/1.0 is not accepted, because nginx forwards requests of others with it; use HTTP/1.1',
    );
  if (!isLocalHost(host ?? '') && !(isOld && host === undefined))
    throw localOnly(`the Host header must be localhost, 127.0.0.1 or [::1], got ${formatValue(host ?? '')}`);
  if (!raw.url?.startsWith('/') || isGivenTwice(raw.rawHeaders, 'host'))
    throw localOnly('a request must have one Host header and a path without a host');
  for (const name in headers) {
    if (PROXY_HEADERS.has(name) || PROXY_PREFIXES.test(name))
      throw localOnly(`requests through a proxy are not accepted, and this one has the header ${name}`);
  }
  if (hasForeignOrigin(request, allowedOrigins))
    throw localOnly(
      `the web page must be the gateway's own or listed in CORS_ORIGINS, got ${formatValue(origin)}`,
    );
}

function isGivenTwice(rawHeaders: readonly string[], name: string): boolean {
  return rawHeaders.filter((one, index) => index % 2 === 0 && one.toLowerCase() === name).length > 1;
}

function localOnly(reason: string): GatewayError {
  return new GatewayError('LOCAL_ONLY', `There is no key yet, so ${reason}; to change that, ${NEXT_STEP}`);
}
