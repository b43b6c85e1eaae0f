import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { wantsPage } from '../dashboard/wants-page.js';

const YEAR_S = 31_536_000;

/** For responses that are not pages: a browser may load nothing from them. From the OWASP REST Security Cheat Sheet. */
const DATA_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** The dashboard loads nothing from other origins, and no inline code. */
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

/** Swagger UI needs inline styles and data: images. */
const DOCS = {
  ...PAGE,
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
};

/**
 * Adds security headers. Pages get all of helmet's; the other responses, many a second, need only a few.
 * @param isTls whether browsers must use HTTPS from now on
 */
export async function addSecurityHeaders(fastify: FastifyInstance, isTls: boolean): Promise<void> {
  const strictTransportSecurity = isTls && { maxAge: YEAR_S, includeSubDomains: false };
  const ofData = dataHeaders(isTls);
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
      void reply.headers(ofData);
    }
    done();
  });
}

/** The security headers of answers that are not pages. @param isTls whether browsers must use HTTPS from now on */
export function dataHeaders(isTls: boolean): Readonly<Record<string, string>> {
  return isTls ? { ...DATA_HEADERS, 'Strict-Transport-Security': `max-age=${YEAR_S}` } : DATA_HEADERS;
}

/** @returns what a page may load; undefined when the response is not a page */
function directivesOf(request: FastifyRequest): typeof PAGE | undefined {
  if (wantsPage(request)) return PAGE;
  return request.url.startsWith('/api/docs') ? DOCS : undefined;
}
