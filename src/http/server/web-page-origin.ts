import type { FastifyRequest } from 'fastify';

/**
 * Whether a request names another origin than the gateway's own in its Origin header. Browsers send that header with each
 * request of a page that could change something.
 * @param allowed CORS_ORIGINS
 */
export function hasForeignOrigin({ headers, protocol }: FastifyRequest, allowed: readonly string[]): boolean {
  const { host, origin } = headers;
  return origin !== undefined && origin !== `${protocol}://${host ?? ''}` && !allowed.includes(origin);
}

/** The same, and where the Origin is missing, by Sec-Fetch-Site ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/)). */
export function isForeignPage(request: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin === undefined) return site === 'cross-site' || site === 'same-site';
  return hasForeignOrigin(request, allowed);
}
