import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../errors/gateway-error.js';
import { show } from '../errors/show.js';

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;
const WAYS_ON = 'make a key (npm run keys) and send it, or set AUTH=off';

/**
 * Refuses what does not come from this machine's own programs. Without keys the loopback address is all that
 * protects the gateway, and a reverse proxy, a web page or a host name that points here (DNS rebinding) reach it, too.
 * @throws GatewayError LOCAL_ONLY
 */
export function refuseForeign(
  { headers, protocol }: FastifyRequest,
  allowedOrigins: readonly string[],
): void {
  const { host = '', origin } = headers;
  if (!LOCAL_HOST.test(host))
    throw localOnly(`the Host must be localhost, 127.0.0.1 or [::1], got ${show(host)}`);
  for (const name in headers) {
    if (name === 'forwarded' || name.startsWith('x-forwarded-'))
      throw localOnly(`a request that a proxy passed on is not served, and this one bears ${name}`);
  }
  if (origin !== undefined && origin !== `${protocol}://${host}` && !allowedOrigins.includes(origin))
    throw localOnly(`a web page must be the gateway's own or in CORS_ORIGINS, got ${show(origin)}`);
}

function localOnly(reason: string): GatewayError {
  return new GatewayError('LOCAL_ONLY', `No key was made yet, so ${reason}; to change that, ${WAYS_ON}`);
}
