import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import type { RequestChain } from '../hooks/request-chain.js';
import { keyIdOf, pathOf } from './request-log.js';
import { createScrub } from '../../common/logging/scrub.js';
import type { ServerSpan } from '../../common/tracing/server-span.js';
import { currentTracing } from '../../common/tracing/trace.js';
import type { Attributes } from '../../common/tracing/traced-work.js';

/** Probes and scrapes come every few seconds, and nobody needs their traces. */
const UNTRACED = /^\/(?:api\/health(?:\/|$)|health$|ping$|ready$|metrics$)/;
const MAX_PATH = 1_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined when tracing is off. */
    span: ServerSpan | undefined;
  }
}

/**
 * Makes a span for each request (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and uses its trace id as
 * the request's id. Does nothing when tracing is off.
 */
export function traceRequests(fastify: FastifyInstance, chain: RequestChain, config: GatewayConfig): void {
  const tracing = currentTracing();
  if (!tracing) return;
  const scrub = createScrub(config);
  fastify.decorateRequest('span');
  chain.onRequest((request, reply, { url: route }) => {
    const { method, headers } = request;
    if (route === undefined || !UNTRACED.test(route)) {
      const span = tracing.serve(
        route === undefined ? method : `${method} ${route}`,
        attributesOf(request, route, scrub),
        headers,
      );
      request.span = span;
      request.id = span.traceId;
      // Emitted also when the client has gone.
      reply.raw.once('close', () => {
        span.end(reply.raw.headersSent ? reply.statusCode : undefined, keyAttributes(request));
      });
    }
    return undefined;
  });
  // Not earlier: reading the body would lose the context.
  fastify.addHook('preValidation', (request, _reply, done) => {
    if (request.span) request.span.within(done);
    else done();
  });
  chain.onSend((request, reply) => {
    // The span of a live stream ends when the stream begins: else it would end hours later, or never.
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream'))
      request.span?.end(reply.statusCode, keyAttributes(request));
  });
}

/** Without the query and headers: they may hold a credential. */
function attributesOf(
  request: FastifyRequest,
  route: string | undefined,
  scrub: (text: string) => string,
): Attributes {
  const { method, protocol, hostname, port, ip, raw } = request;
  return {
    'http.request.method': method,
    'http.route': route,
    'url.path': scrub(pathOf(request)).slice(0, MAX_PATH),
    'url.scheme': protocol,
    'server.address': hostname,
    'server.port': port ?? undefined,
    'client.address': ip,
    'network.protocol.version': raw.httpVersion,
  };
}

function keyAttributes(request: FastifyRequest): Attributes {
  return { 'predictionx.key_id': keyIdOf(request) };
}
