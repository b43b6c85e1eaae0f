import { REQUEST_ID_HEADER } from '../../common/logging/request-id.js';
import type { RequestChain } from '../hooks/request-chain.js';
import { addVary } from '../hooks/vary.js';

/** Headers that web pages of other origins may read. */
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'ETag',
  'Latest-Loading',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  REQUEST_ID_HEADER,
].join(', ');

/** The answer to a preflight: the methods that may be used, and how many seconds browsers keep it. */
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
  'Access-Control-Max-Age': '600',
  'Content-Length': '0',
};

/**
 * Lets web pages of these origins call the gateway (https://fetch.spec.whatwg.org/#http-cors-protocol). Requests without an
 * Origin, those of devices and programs, cost nothing. Without origins there is no CORS at all.
 */
export function allowOrigins(chain: RequestChain, origins: readonly string[]): void {
  if (origins.length === 0) return;
  chain.onRequest(({ headers, method }, reply) => {
    const { origin } = headers;
    if (origin === undefined && method !== 'OPTIONS') return undefined;
    addVary(reply, 'Origin');
    if (origin !== undefined && origins.includes(origin))
      void reply
        .header('Access-Control-Allow-Origin', origin)
        .header('Access-Control-Expose-Headers', EXPOSED_HEADERS);
    if (method !== 'OPTIONS') return undefined;
    return () => {
      addVary(reply, 'Access-Control-Request-Headers');
      const wanted = headers['access-control-request-headers'];
      if (wanted !== undefined) void reply.header('Access-Control-Allow-Headers', wanted);
      void reply.code(204).headers(PREFLIGHT).send();
    };
  });
  // A cache that keeps an answer to a request without an Origin must not give it to a page that sends one.
  chain.onSend(({ headers }, reply) => {
    if (headers.origin === undefined && reply.getHeader('cache-control') !== 'no-store')
      addVary(reply, 'Origin');
  });
}
