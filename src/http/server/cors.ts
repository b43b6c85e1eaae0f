import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

import { REQUEST_ID_HEADER } from '../../common/logging/request-id.js';

/** Methods that web pages of other origins may use, where CORS_ORIGINS lists them. */
const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
/** Browsers cache a preflight for this time. */
const PREFLIGHT_SECONDS = 600;
/** Headers that web pages of other origins may read. */
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'ETag',
  'Latest-Loading',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  REQUEST_ID_HEADER,
];

/**
 * Lets web pages of these origins call the gateway. Nest's app.enableCors() writes to Node's response directly and makes all
 * other headers twice as slow.
 */
export async function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): Promise<void> {
  // Register CORS only if origins are configured: the hook would run on every response for nothing.
  if (origins.length === 0) return;
  await fastify.register(cors, {
    origin: [...origins],
    methods: CORS_METHODS,
    exposedHeaders: EXPOSED_HEADERS.join(', '),
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
}
