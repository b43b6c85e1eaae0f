import type { FastifyInstance } from 'fastify';

import { GatewayError } from './gateway-error.js';

/**
 * Answers 404 for a path that is no route and 405 for a method that its route does not have, both before the
 * body is read, so that a wrong path is never reported as a wrong body.
 */
export function refuseUnknownRoutes(fastify: FastifyInstance): void {
  const methodsByRoute = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByRoute.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByRoute.set(url, methods);
  });

  fastify.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? refusal(request.method, request.url, methodsByRoute) : undefined);
  });
}

function refusal(
  method: string,
  url: string,
  methodsByRoute: ReadonlyMap<string, Set<string>>,
): GatewayError {
  const [path = ''] = url.split('?');
  for (const [route, methods] of methodsByRoute) {
    if (!isOfRoute(path, route)) continue;
    const allow = [...methods].join(', ');
    return new GatewayError('METHOD_NOT_ALLOWED', `${method} is not possible on ${path}; it takes ${allow}`, {
      headers: { Allow: allow },
    });
  }
  return new GatewayError(
    'ROUTE_NOT_FOUND',
    `There is no ${method} ${path} here; /api/docs shows what there is`,
  );
}

function isOfRoute(path: string, route: string): boolean {
  const segments = path.split('/');
  const patterns = route.split('/');
  return (
    segments.length === patterns.length &&
    patterns.every((pattern, index) =>
      pattern.startsWith(':') ? segments[index] !== '' : pattern === segments[index],
    )
  );
}
