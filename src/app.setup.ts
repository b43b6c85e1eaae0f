import compress from '@fastify/compress';
import cors from '@fastify/cors';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { AuthHook } from './auth/auth-hook.js';
import { answerCacheables } from './http/etag/answer-cacheables.js';
import { COMPRESSION } from './http/etag/encoding.js';
import type { GatewayConfig } from './common/config/gateway-config.js';
import { describeInterface } from './common/openapi/describe-interface.js';
import { toGatewayError } from './common/errors/to-gateway-error.js';
import { ErrorFilter } from './common/errors/error.filter.js';
import { refuseUnknownRoutes } from './http/server/refuse-unknown-routes.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { logRequests } from './http/server/request-log.js';
import { REQUEST_ID_HEADER, requestIdOf, sendRequestIds } from './common/logging/request-id.js';
import type { GatewayServer } from './http/server/gateway-server.js';
import { RefusedCounter } from './pipeline/refused-counter.js';
import { limitBodyMemory } from './ingest/body/body-budget.js';
import { servePage } from './http/dashboard/serve-page.js';
import { addSecurityHeaders } from './http/server/security-headers.js';
import { registerBodyParsers } from './ingest/body/body-parsers.js';
import { traceRequests } from './http/server/trace-requests.js';
import { RequestValidationPipe } from './common/validation/request-validation.pipe.js';

/** The longest URL Node takes is 16 KiB, so the router never refuses a parameter before our own checks see it. */
const MAX_PARAM_LENGTH = 16_384;

/** What web pages of other origins may do, where CORS_ORIGINS lists them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
/** So long a browser need not ask again. */
const PREFLIGHT_SECONDS = 600;
/** What web pages of other origins may read besides the body. */
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'ETag',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  REQUEST_ID_HEADER,
];

/** Makes the router that Nest runs on, behind a port that is open already. */
export function createAdapter(config: GatewayConfig, door: GatewayServer): FastifyAdapter {
  const { bodyMaxBytes, trustedProxies } = config.server;
  const adapter = new FastifyAdapter({
    serverFactory: () => door.server,
    bodyLimit: bodyMaxBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // A request on a connection that is open while the gateway shuts down is still served.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    genReqId: requestIdOf,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const answer = toGatewayError(error);
      void reply.status(answer.status).header(REQUEST_ID_HEADER, request.id).send(answer.body());
    },
    // The door answers what is no HTTP, from its first moment on.
    clientErrorHandler: () => undefined,
  });
  // First, so that what others refuse has an id, a span and a line, too.
  traceRequests(adapter.getInstance(), config);
  sendRequestIds(adapter.getInstance());
  logRequests(adapter.getInstance(), config);
  limitBodyMemory(adapter.getInstance(), bodyMaxBytes);
  registerBodyParsers(adapter.getInstance(), config.readings.batchMaxRecords);
  endConnectionsOnClose(adapter.getInstance(), door);
  return adapter;
}

/** What every HTTP request passes: validation, error shape, pages, origins. And the description of the interface. */
export async function setUp(app: NestFastifyApplication, config: GatewayConfig): Promise<void> {
  app.get(HttpMetrics).watch(app.getHttpAdapter().getInstance());
  const refused = app.get(RefusedCounter);
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(
    new ErrorFilter((error, request) => {
      refused.request(error, request);
    }),
  );
  const fastify = app.getHttpAdapter().getInstance();
  await addSecurityHeaders(fastify, config.server.tlsCert !== '');
  await app.register(compress, COMPRESSION);
  answerCacheables(fastify);
  const { corsOrigins } = config.server;
  // Without them every answer would pass through it, to be told nothing. Not app.enableCors(), which writes into Node's
  // answer itself: all other headers take Node twice as long then.
  if (corsOrigins.length > 0)
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: METHODS,
      exposedHeaders: EXPOSED_HEADERS.join(', '),
      maxAge: PREFLIGHT_SECONDS,
      strictPreflight: false,
    });
  // Behind the origins, so that a page can ask what it may, and read why it is refused.
  refuseUnknownRoutes(fastify);
  app.get(AuthHook).register(fastify);
  await servePage(fastify);
  describeInterface(app);
}

/** Ends connections when the gateway stops, or a client that keeps its own would hold that up; and never before. */
function endConnectionsOnClose(fastify: FastifyInstance, door: GatewayServer): void {
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onClose', () => door.close());
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('Connection', 'close');
    // Fastify would close where it has not read a body to its end, and a client that is still sending would be told of a
    // broken connection instead of what is wrong; the door reads on and drops it, within REQUEST_TIMEOUT.
    else if (reply.hasHeader('Connection')) reply.removeHeader('Connection');
    done();
  });
}
