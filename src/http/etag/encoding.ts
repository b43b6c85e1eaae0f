import { constants } from 'node:zlib';

import { negotiate } from '@fastify/accept-negotiator';
import compress, { type FastifyCompressOptions } from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** In order of preference. */
const ENCODINGS: ('br' | 'gzip')[] = ['br', 'gzip'];

/** Routes with many short answers: to find out that one is too short takes 0.4 µs. */
const SHORT_ANSWERS = ['/api/ingest', '/api/latest/:sensorId'];

/** How responses are compressed. The live stream is not compressed, because events would wait in the compressor's buffer. */
const COMPRESSION: FastifyCompressOptions = {
  encodings: ENCODINGS,
  // Request bodies are decompressed in ingest/, which bounds their size.
  globalDecompression: false,
  // Half the time of the usual levels for 5 % more bytes: a chart of 50 KB should appear quickly.
  zlibOptions: { level: 4 },
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } },
  customTypes: /^(?:application\/(?:json|x-ndjson)|text\/(?!event-stream))/,
};

/** Compresses the answers of the routes that are added from now on. */
export async function compressAnswers(fastify: FastifyInstance): Promise<void> {
  fastify.addHook('onRoute', (route) => {
    if (SHORT_ANSWERS.includes(route.url)) route.compress = false;
  });
  await fastify.register(compress, COMPRESSION);
}

/** The encoding of the response to an Accept-Encoding header; 'identity' for none. */
export function encodingFor(acceptEncoding: string | undefined): string {
  return (acceptEncoding && negotiate(acceptEncoding.toLowerCase(), ENCODINGS)) ?? 'identity';
}
