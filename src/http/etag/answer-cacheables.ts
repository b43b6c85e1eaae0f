import type { FastifyInstance } from 'fastify';

import { Cacheable } from './cacheable.js';
import { encodingFor } from './encoding.js';

/**
 * Sends a Cacheable with a strong ETag, or 304 to a client that has it (RFC 9110, 13.1.2). It stands where answers are
 * serialised: an interceptor would cost more than all else that a 304 takes.
 */
export function answerCacheables(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', ({ headers }, reply, payload, done) => {
    if (payload instanceof Cacheable) {
      // A strong tag names the very bytes, and those differ with the encoding.
      const etag = `"${payload.tag}-${encodingFor(headers['accept-encoding'])}"`;
      void reply.header('ETag', etag);
      void reply.header('Cache-Control', 'private, no-cache');
      void reply.header('Vary', [reply.getHeader('Vary') ?? [], 'accept-encoding'].flat().join(', '));
      if (isListed(etag, headers['if-none-match'])) {
        // For undefined Fastify sends neither a body nor a length of 0, although its type knows texts only.
        void reply.code(304).serializer(() => undefined as unknown as string);
      } else {
        void reply.header('Content-Type', 'application/json; charset=utf-8');
        void reply.serializer(() => payload.body());
      }
    }
    done(null, payload);
  });
}

/** Compared weakly, as If-None-Match is: a proxy may have made a weak tag of ours. */
function isListed(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
