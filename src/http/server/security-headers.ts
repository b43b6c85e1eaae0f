import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { wantsPage } from '../dashboard/wants-page.js';

const YEAR_S = 31_536_000;

/** What the browser may do with an answer that is no page: nothing. From the OWASP REST Security Cheat Sheet. */
const DATA_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** Nothing from elsewhere, and nothing written into the page. */
const PAGE = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** Swagger UI writes styles and pictures into the page. */
const DOCS = {
  ...PAGE,
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
};

/**
 * Tells browsers what answers may be used for. Pages get what helmet has for them; for all others, of which there are
 * many a second, a few words do.
 * @param isTls whether browsers are told to come by HTTPS from now on
 */
export async function addSecurityHeaders(fastify: FastifyInstance, isTls: boolean): Promise<void> {
  const strictTransportSecurity = isTls && { maxAge: YEAR_S, includeSubDomains: false };
  await fastify.register(helmet, { global: false });
  fastify.addHook('onRequest', (request, reply, done) => {
    const directives = directivesOf(request);
    if (directives) {
      reply.helmet({
        contentSecurityPolicy: { useDefaults: false, directives },
        strictTransportSecurity,
        frameguard: { action: 'deny' },
      });
      void reply.header('Cache-Control', 'no-cache');
    } else {
      void reply.headers(DATA_HEADERS);
      if (isTls) void reply.header('Strict-Transport-Security', `max-age=${YEAR_S}`);
    }
    done();
  });
}

/** @returns what a page may load; undefined when the answer is none */
function directivesOf(request: FastifyRequest): typeof PAGE | undefined {
  if (wantsPage(request)) return PAGE;
  return request.url.startsWith('/api/docs') ? DOCS : undefined;
}
