import type { FastifyInstance } from 'fastify';

import { tryAgain } from '../errors/gateway-error.js';

/** Bodies that are being read or worked on may have so many bytes together; what is made of them takes some times that. */
const MAX_BYTES = 64 << 20;
/** Smaller ones are not counted: even 10,000 of them at once fit. */
const SMALL_BYTES = 16 << 10;
const RETRY_AFTER_S = 1;

/** Refuses large bodies with 503 TOO_BUSY while there is no room for them, before anything of them is read. */
export function boundBodies(fastify: FastifyInstance, bodyMaxBytes: number): void {
  let taken = 0;
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const { 'content-length': length, 'transfer-encoding': transferEncoding } = request.headers;
    // One that does not say how long it is may become as long as any.
    const bytes = Math.min(bodyMaxBytes, transferEncoding ? bodyMaxBytes : Number(length ?? 0));
    if (bytes <= SMALL_BYTES) {
      done(null, payload);
      return;
    }
    if (taken + bytes > Math.max(MAX_BYTES, bodyMaxBytes)) {
      done(
        tryAgain(
          'TOO_BUSY',
          'Too many large bodies are being read; send this one again later',
          RETRY_AFTER_S,
        ),
      );
      return;
    }
    taken += bytes;
    reply.raw.once('close', () => {
      taken -= bytes;
    });
    done(null, payload);
  });
}
