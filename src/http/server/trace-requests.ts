import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import { keyIdOf, pathOf } from './request-log.js';
import { createScrub } from '../../common/logging/scrub.js';
import type { ServerSpan } from '../../common/tracing/server-span.js';
import { currentTracing } from '../../common/tracing/trace.js';
import type { Attributes } from '../../common/tracing/traced-work.js';

/** Probes and scrapes come every few seconds, and nobody looks for one of them. */
const UNTRACED = /^\/(?:api\/health(?:\/|$)|health$|ping$|metrics$)/;
const MAX_PATH = 1_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined while traces are off. */
    span: ServerSpan | undefined;
  }
}

/**
 * Makes a span of each request (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and its trace id the
 * request's id. Does nothing while traces are off.
 */
export function traceRequests(fastify: FastifyInstance, config: GatewayConfig): void {
  const tracing = currentTracing();
  if (!tracing) return;
  const scrub = createScrub(config);
  fastify.decorateRequest('span');
  fastify.addHook('onRequest', (request, reply, done) => {
    const { method, routeOptions, headers } = request;
    const route = routeOptions.url;
    if (route === undefined || !UNTRACED.test(route)) {
      const span = tracing.serve(
        route === undefined ? method : `${method} ${route}`,
        attributesOf(request, scrub),
        headers,
      );
      request.span = span;
      request.id = span.traceId;
      // Comes also when the client has gone.
      reply.raw.once('close', () => {
        span.end(reply.raw.headersSent ? reply.statusCode : undefined, whoseIs(request));
      });
    }
    done();
  });
  // Not earlier: reading the body would lose the context.
  fastify.addHook('preValidation', (request, _reply, done) => {
    if (request.span) request.span.within(done);
    else done();
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    // A live stream is answered when it begins. A span that ends with it would come hours later, or never.
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream'))
      request.span?.end(reply.statusCode, whoseIs(request));
    done();
  });
}

/** No query and no headers: a client may have put a credential there. */
function attributesOf(request: FastifyRequest, scrub: (text: string) => string): Attributes {
  const { method, protocol, hostname, port, ip, routeOptions, raw } = request;
  return {
    'http.request.method': method,
    'http.route': routeOptions.url,
    'url.path': scrub(pathOf(request)).slice(0, MAX_PATH),
    'url.scheme': protocol,
    'server.address': hostname,
    'server.port': port ?? undefined,
    'client.address': ip,
    'network.protocol.version': raw.httpVersion,
  };
}

function whoseIs(request: FastifyRequest): Attributes {
  return { 'predictionx.key_id': keyIdOf(request) };
}
