import type { FastifyInstance } from 'fastify';

import type { RequestChain } from '../hooks/request-chain.js';
import { pathOf } from './request-log.js';
import { GatewayError } from '../../common/errors/gateway-error.js';

/**
 * Answers 404 for an unknown path and 405 for a method that the path does not have, both before the body is read, so
 * that a wrong path is never reported as a wrong body.
 */
export function refuseUnknownRoutes(fastify: FastifyInstance, chain: RequestChain): void {
  const methodsByRoute = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByRoute.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByRoute.set(url, methods);
  });

  chain.onRequest((request, _reply, { url }) => {
    const { method } = request;
    const path = pathOf(request);
    if (url === undefined || !isRoutable(path)) throw refusal(method, path, methodsByRoute);
    // A path with its own route does not match the parameter of another one: there is no rule called "try".
    const own = url === path ? undefined : methodsByRoute.get(path);
    if (own && !own.has(method)) throw notAllowed(method, path, own);
    return undefined;
  });
}

/** Node also accepts targets such as "*users", and the router would take their first character for a slash. */
function isRoutable(path: string): boolean {
  return path.startsWith('/') || /^https?:\/\//i.test(path);
}

function notAllowed(method: string, path: string, methods: ReadonlySet<string>): GatewayError {
  const allow = [...methods].join(', ');
  return new GatewayError('METHOD_NOT_ALLOWED', `${path} does not support ${method}; it supports ${allow}`, {
    headers: { Allow: allow },
  });
}

function refusal(
  method: string,
  path: string,
  methodsByRoute: ReadonlyMap<string, Set<string>>,
): GatewayError {
  for (const [route, methods] of methodsByRoute) {
    if (isOfRoute(path, route)) return notAllowed(method, path, methods);
  }
  return new GatewayError(
    'ROUTE_NOT_FOUND',
    `There is no route ${method} ${path}; /api/docs shows all routes`,
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
