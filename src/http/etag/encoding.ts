import { constants } from 'node:zlib';

import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyCompressOptions } from '@fastify/compress';

/** In the order of preference. */
const ENCODINGS: ('br' | 'gzip')[] = ['br', 'gzip'];

/** How answers are compressed; the stream of live readings never is, or it would stand still in a buffer. */
export const COMPRESSION: FastifyCompressOptions = {
  encodings: ENCODINGS,
  // Bodies that come in are inflated where their size is bounded.
  globalDecompression: false,
  // Half the time of the usual levels, for a twentieth more: a chart of 50 KB is to be drawn soon.
  zlibOptions: { level: 4 },
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } },
  customTypes: /^(?:application\/(?:json|x-ndjson)|text\/(?!event-stream))/,
};

/** The encoding that an answer gets for an Accept-Encoding header; 'identity' for none. */
export function encodingFor(acceptEncoding: string | undefined): string {
  return (acceptEncoding && negotiate(acceptEncoding.toLowerCase(), ENCODINGS)) ?? 'identity';
}
