import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';

import { AuthHook } from './auth/auth-hook.js';
import { answerCacheables } from './http/etag/answer-cacheables.js';
import { compressAnswers } from './http/etag/encoding.js';
import type { GatewayConfig } from './common/config/gateway-config.js';
import { describeInterface } from './common/openapi/describe-interface.js';
import { toGatewayError } from './common/errors/to-gateway-error.js';
import { ErrorFilter } from './common/errors/error.filter.js';
import { allowOrigins } from './http/server/cors.js';
import { endConnectionsOnClose } from './http/server/end-connections.js';
import type { RequestChain } from './http/hooks/request-chain.js';
import { LeanAdapter } from './http/server/lean-adapter.js';
import { refuseUnknownRoutes } from './http/server/refuse-unknown-routes.js';
import { SensorKeeper } from './pipeline/sensor-keeper.js';
import { markLoading } from './sensors/mark-loading.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { logRequests } from './http/server/request-log.js';
import { REQUEST_ID_HEADER, requestIdOf, sendRequestId } from './common/logging/request-id.js';
import type { GatewayServer } from './http/server/gateway-server.js';
import { publicServer } from './http/pagination/public-prefix.js';
import { limitBodyMemory } from './ingest/body/body-budget.js';
import { servePage } from './http/dashboard/serve-page.js';
import { addSecurityHeaders } from './http/server/security-headers.js';
import { forgetMalformedType } from './ingest/body/body-format.js';
import { registerBodyParsers } from './ingest/body/body-parsers.js';
import { UnreadRequests } from './ingest/unread-requests.js';
import { traceRequests } from './http/server/trace-requests.js';
import { RequestValidationPipe } from './common/validation/request-validation.pipe.js';

/** Node accepts URLs up to 16 KiB, so the router never refuses a parameter before our own checks see it. */
const MAX_PARAM_LENGTH = 16_384;

/** Makes the router that Nest runs on. Its port is open already. */
export function createAdapter(
  config: GatewayConfig,
  server: GatewayServer,
  chain: RequestChain,
): FastifyAdapter {
  const { bodyMaxBytes, corsOrigins, trustedProxies } = config.server;
  const instance = fastify({
    serverFactory: () => server.server,
    bodyLimit: bodyMaxBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // A request on a connection that is open while the gateway shuts down is still served.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // Otherwise Fastify loads a compiler of JSON schemas: 220 files.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    genReqId: requestIdOf,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const refusal = toGatewayError(error);
      void reply.status(refusal.status).header(REQUEST_ID_HEADER, request.id).send(refusal.body());
    },
    // GatewayServer already answers invalid HTTP.
    clientErrorHandler: () => undefined,
  });
  chain.register(instance);
  // These steps run first: a refused request also gets an id, a span and a log line.
  traceRequests(instance, chain, config);
  chain.onRequest(sendRequestId);
  logRequests(chain, config);
  registerBodyParsers(instance, { maxRecords: config.readings.batchMaxRecords, corsOrigins });
  endConnectionsOnClose(instance, chain, server);
  return new LeanAdapter(instance);
}

/** DTO classes check requests: no route has a schema for Fastify. */
function noSchemas(): never {
  throw new Error('Fastify compiles no schemas here.');
}

/** Adds what every HTTP request passes (validation, error shape, CORS, access, the dashboard), and the API description. */
export async function configureApp(
  app: NestFastifyApplication,
  config: GatewayConfig,
  chain: RequestChain,
): Promise<void> {
  const { bodyMaxBytes, corsOrigins, tlsCert } = config.server;
  const fastify = app.getHttpAdapter().getInstance();
  app.get(HttpMetrics).watch(fastify, chain);
  const unreadRequests = app.get(UnreadRequests);
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(
    new ErrorFilter((error, request) => {
      unreadRequests.count(error, request);
    }),
  );
  addSecurityHeaders(chain, tlsCert !== '');
  await compressAnswers(fastify);
  answerCacheables(fastify);
  markLoading(chain, app.get(SensorKeeper));
  allowOrigins(chain, corsOrigins);
  // After CORS, so that a preflight is answered, and a web page can read why it was refused.
  refuseUnknownRoutes(fastify, chain);
  app.get(AuthHook).register(fastify, chain);
  limitBodyMemory(fastify, chain, bodyMaxBytes);
  chain.onRequest((request, _reply, { url }) => {
    forgetMalformedType(request, url);
    return undefined;
  });
  await servePage(fastify, chain);
  describeInterface(app, (request) => publicServer(request, config.server));
}
