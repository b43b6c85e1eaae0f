import { constants } from 'node:zlib';

import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyCompressOptions } from '@fastify/compress';

/** In order of preference. */
const ENCODINGS: ('br' | 'gzip')[] = ['br', 'gzip'];

/** How responses are compressed. The live stream is not compressed, because events would wait in the compressor's buffer. */
export const COMPRESSION: FastifyCompressOptions = {
  encodings: ENCODINGS,
  // Request bodies are decompressed in ingest/, which bounds their size.
  globalDecompression: false,
  // Half the time of the usual levels for 5 % more bytes: a chart of 50 KB should appear quickly.
  zlibOptions: { level: 4 },
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } },
  customTypes: /^(?:application\/(?:json|x-ndjson)|text\/(?!event-stream))/,
};

/** The encoding of the response to an Accept-Encoding header; 'identity' for none. */
export function encodingFor(acceptEncoding: string | undefined): string {
  return (acceptEncoding && negotiate(acceptEncoding.toLowerCase(), ENCODINGS)) ?? 'identity';
}
