import type { FastifyRequest } from 'fastify';

import { wantsPage } from '../dashboard/wants-page.js';
import type { RequestChain } from '../hooks/request-chain.js';

const HSTS = 'max-age=31536000';

/** The page loads nothing from other origins, and no inline code. */
const PAGE_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** Swagger UI needs inline styles and data: images. */
const DOCS_POLICY = {
  ...PAGE_POLICY,
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self'",
};

/** What a browser needs to know of a document, as https://helmetjs.github.io recommends it. */
const OF_DOCUMENTS = {
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Download-Options': 'noopen',
  'X-Frame-Options': 'DENY',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'X-XSS-Protection': '0',
};

const PAGE = { 'Content-Security-Policy': textOf(PAGE_POLICY), ...OF_DOCUMENTS };
const DOCS = { 'Content-Security-Policy': textOf(DOCS_POLICY), ...OF_DOCUMENTS };

const OF_DATA = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' };

/** The security headers of answers that are not documents. @param isTls whether browsers must use HTTPS from now on */
export function dataHeaders(isTls: boolean): Readonly<Record<string, string>> {
  return isTls ? { ...OF_DATA, 'Strict-Transport-Security': HSTS } : OF_DATA;
}

/**
 * Adds security headers: all of them to documents, which are the page and the description of the API. Other answers, many a
 * second, get the two that mean something there: nothing may take them for another type than they say, and nothing keeps
 * them. docs/security.md says why.
 * @param isTls whether browsers must use HTTPS from now on
 */
export function addSecurityHeaders(chain: RequestChain, isTls: boolean): void {
  chain.onRequest((request, reply, { url }) => {
    const headers = documentHeaders(request, url);
    void reply.headers(headers ?? OF_DATA);
    if (isTls) void reply.header('Strict-Transport-Security', HSTS);
    return undefined;
  });
}

/** @returns undefined when the answer is not a document */
function documentHeaders(request: FastifyRequest, route: string | undefined): typeof PAGE | undefined {
  if (route === '/') return wantsPage(request) ? PAGE : undefined;
  return request.url.startsWith('/api/docs') ? DOCS : undefined;
}

function textOf(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}
