import type { FastifyRequest } from 'fastify';

/** Whether it is a browser that asks for `/`, and gets the page. */
export function wantsPage({ method, url, headers: { accept } }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /^\/(\?|$)/.test(url) && prefersHtml(accept);
}

/** Browsers name HTML in what they accept. Programs name JSON, or take anything, and get JSON. */
export function prefersHtml(accept = ''): boolean {
  return accept.includes('text/html') && !accept.includes('application/json');
}
