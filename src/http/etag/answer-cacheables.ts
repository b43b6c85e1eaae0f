import type { FastifyInstance } from 'fastify';

import { addVary } from '../hooks/vary.js';
import { Cacheable } from './cacheable.js';
import { encodingFor } from './encoding.js';

/**
 * Sends a Cacheable with a strong ETag, or 304 to a client that has it (RFC 9110, 13.1.2). It runs where responses are
 * serialised: an interceptor would cost more than everything else in a 304.
 */
export function answerCacheables(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', ({ headers }, reply, payload, done) => {
    if (payload instanceof Cacheable) {
      // A strong tag stands for the exact bytes, and those differ with the encoding.
      const etag = `"${payload.tag}-${encodingFor(headers['accept-encoding'])}"`;
      void reply.header('ETag', etag);
      void reply.header('Cache-Control', 'private, no-cache');
      addVary(reply, 'accept-encoding');
      if (isListed(etag, headers['if-none-match'])) {
        // For undefined Fastify sends neither a body nor a length of 0, although its type allows only strings.
        void reply.code(304).serializer(() => undefined as unknown as string);
      } else {
        void reply.header('Content-Type', 'application/json; charset=utf-8');
        void reply.serializer(() => payload.body());
      }
    }
    done(null, payload);
  });
}

/** A weak comparison, as If-None-Match requires: a proxy may have made our tag weak. */
function isListed(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
