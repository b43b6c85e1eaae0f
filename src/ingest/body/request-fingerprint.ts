import { createHash, type Hash } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

/** The hashes of bodies, for requests with an Idempotency-Key. */
const hashes = new WeakMap<FastifyRequest['raw'], Hash>();

/** Hashes method, URL, content type and body: a repeated request has the same one. Base64url, 43 characters. */
export function fingerprintOf(request: FastifyRequest): string {
  return (hashes.get(request.raw) ?? startHash(request)).copy().digest('base64url');
}

/**
 * Hashes a body while it arrives, so that its bytes need not stay in memory.
 * @returns takes each chunk; undefined when the request has no Idempotency-Key
 */
export function hashChunks(request: FastifyRequest): ((chunk: Buffer) => void) | undefined {
  if (request.headers['idempotency-key'] === undefined) return undefined;
  const hash = startHash(request);
  hashes.set(request.raw, hash);
  return (chunk) => void hash.update(chunk);
}

function startHash({ method, url, headers }: FastifyRequest): Hash {
  return createHash('sha256').update(`${method} ${url}\n${headers['content-type'] ?? ''}\n`);
}
