import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

const YEAR_S = 31_536_000;

/** What the browser may do with an answer that is no page: nothing. From the OWASP REST Security Cheat Sheet. */
const DATA_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

/** Swagger UI brings its own scripts, and writes styles into the page. */
const PAGE_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
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
    if (isPage(request.url)) {
      reply.helmet({
        contentSecurityPolicy: PAGE_POLICY,
        strictTransportSecurity,
        frameguard: { action: 'deny' },
      });
    } else {
      void reply.headers(DATA_HEADERS);
      if (isTls) void reply.header('Strict-Transport-Security', `max-age=${YEAR_S}`);
    }
    done();
  });
}

function isPage(url: string): boolean {
  return url.startsWith('/api/docs');
}
