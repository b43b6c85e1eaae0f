import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import pLimit from 'p-limit';

import { GatewayError } from '../errors/gateway-error.js';
import { show } from '../errors/show.js';

const gunzipAsync = promisify(gunzip);
/** Bodies that are inflated at once: each may become as large as BODY_MAX_BYTES, however small it came. */
const inBounds = pLimit(2);
/** What is inflated comes in pieces of this size; in small ones the event loop would be busy with a bomb alone. */
const INFLATED_PIECE_BYTES = 256 << 10;

/** A line of NDJSON that is no JSON. */
export class BrokenRecord {
  constructor(readonly message: string) {}
}

/** The bytes of each request's body, as sent; for the fingerprint of a request with an Idempotency-Key. */
const bodies = new WeakMap<FastifyRequest['raw'], Buffer>();

/** Of method, address, content type and body: equal for a request that is repeated. Base64url, 43 characters. */
export function fingerprintOf(request: FastifyRequest): string {
  return createHash('sha256')
    .update(`${request.method} ${request.url}\n${request.headers['content-type'] ?? ''}\n`)
    .update(bodies.get(request.raw) ?? '')
    .digest('base64url');
}

/**
 * Reads bodies: JSON everywhere, NDJSON for batches, line protocol where InfluxDB's clients write; gzip too.
 * Fastify would also take plain text as JSON's stand-in, and read broken UTF-8 as other characters.
 */
export function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const add = (type: string, parse: (text: string) => unknown, allows: (route: string) => boolean): void => {
    fastify.addContentTypeParser<Buffer>(
      type,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => {
        const route = request.routeOptions.url ?? '';
        if (!allows(route)) throw mediaTypeError();
        bodies.set(request.raw, body);
        // Clients that set a Content-Type always send it without a body, too.
        if (request.method === 'DELETE' && body.length === 0) return undefined;
        const text = decode(await inflate(request, body));
        return route === WRITE_ROUTE ? text : parse(text);
      },
    );
  };
  add('application/json', parseJson, () => true);
  for (const type of ['application/x-ndjson', 'application/ndjson', 'application/jsonl'])
    add(type, parseNdjson, (route) => route === BATCH_ROUTE || route === WRITE_ROUTE);
  // Clients of InfluxDB send line protocol under any type, or none.
  add('*', String, (route) => route === WRITE_ROUTE);
}

const BATCH_ROUTE = '/api/ingest/batch';
const WRITE_ROUTE = '/api/v2/write';

function mediaTypeError(): Error {
  return Object.assign(new Error('Unsupported Media Type'), {
    statusCode: 415,
    code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE',
  });
}

async function inflate(request: FastifyRequest, body: Buffer): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip')
    throw new GatewayError(
      'INVALID_ENCODING',
      `Content-Encoding must be gzip or identity, got ${show(encoding)}`,
    );
  const maxOutputLength = request.routeOptions.bodyLimit;
  try {
    return await inBounds(() => gunzipAsync(body, { maxOutputLength, chunkSize: INFLATED_PIECE_BYTES }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new GatewayError('BODY_TOO_LARGE', `The body must be at most ${maxOutputLength} bytes long`);
    throw new GatewayError('INVALID_ENCODING', `The body is not valid gzip: ${(error as Error).message}`);
  }
}

function decode(body: Buffer): string {
  if (!isUtf8(body))
    throw new GatewayError('INVALID_JSON', 'The body must be in UTF-8; its bytes are not UTF-8');
  return body.toString();
}

/** A "__proto__" in the body stays a plain key, which the validation refuses like any other it does not know. */
function parseJson(text: string): unknown {
  if (text === '') throw new GatewayError('INVALID_JSON', 'The body is empty; it must be JSON');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GatewayError('INVALID_JSON', `The body is not valid JSON: ${(error as Error).message}`);
  }
}

/** One record a line; one that is no JSON does not spoil the others. */
function parseNdjson(text: string): unknown[] {
  return text.split('\n').flatMap((line): unknown[] => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line)];
    } catch (error) {
      return [new BrokenRecord(`The line is not valid JSON: ${(error as Error).message}`)];
    }
  });
}
