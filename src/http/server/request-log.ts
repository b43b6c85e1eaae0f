import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import type { LogFields } from '../../common/logging/pino-logger.js';
import type { RequestChain } from '../hooks/request-chain.js';

/** Logs one line for each request at level debug; at higher levels this costs nothing. */
export function logRequests(chain: RequestChain, { logging }: Pick<GatewayConfig, 'logging'>): void {
  if (logging.level !== 'debug' && logging.level !== 'trace') return;
  const logger = new Logger('Requests');
  chain.onRequest((request, reply) => {
    const begunMs = performance.now();
    // "close" is emitted also when the client has gone; "finish" and Fastify's onResponse are not.
    reply.raw.once('close', () => {
      const fields = fieldsOf(request, reply, performance.now() - begunMs);
      const outcome = reply.raw.headersSent ? reply.statusCode : 'without an answer';
      logger.debug(`${request.method} ${String(fields.path)} ${outcome}`, fields);
    });
    return undefined;
  });
}

function fieldsOf(request: FastifyRequest, reply: FastifyReply, tookMs: number): LogFields {
  const { raw, statusCode } = reply;
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    path: pathOf(request),
    status: raw.headersSent ? statusCode : undefined,
    durationMs: Math.round(tookMs * 1000) / 1000,
    bytes: bytesOf(reply),
    client: request.ip,
    keyId: keyIdOf(request),
    // The client has gone before the response was complete.
    aborted: raw.writableFinished ? undefined : true,
  };
}

/** The id of the key that signed the request; undefined without a key, and before the keys were asked. */
export function keyIdOf({
  principal,
}: {
  principal?: { readonly keyId: string | undefined };
}): string | undefined {
  return principal?.keyId;
}

/** The path without the query, which may hold secrets. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** Undefined when the response has no Content-Length. */
function bytesOf(reply: FastifyReply): number | undefined {
  const length = Number(reply.getHeader('content-length') ?? Number.NaN);
  return Number.isNaN(length) ? undefined : length;
}
