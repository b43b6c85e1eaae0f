import type { FastifyRequest } from 'fastify';

/** Whether a browser requests `/`, and so gets the dashboard. */
export function wantsPage({ method, url, headers: { accept } }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /^\/(\?|$)/.test(url) && prefersHtml(accept);
}

/** Browsers accept HTML explicitly. Programs accept JSON, or anything, and get JSON. */
export function prefersHtml(accept = ''): boolean {
  return accept.includes('text/html') && !accept.includes('application/json');
}
