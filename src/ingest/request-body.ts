import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { GatewayError } from '../errors/gateway-error.js';
import { show } from '../errors/show.js';
import { explain, notUtf8, refuseCutLine } from './explain-body.js';
import { readBody } from './read-body.js';

/** A line of NDJSON that is no JSON. */
export class BrokenRecord {
  constructor(readonly message: string) {}
}

/** Of requests that bear an Idempotency-Key: what was read of their bodies, as sent. */
const hashes = new WeakMap<FastifyRequest['raw'], Hash>();

/** Of method, address, content type and body: equal for a request that is repeated. Base64url, 43 characters. */
export function fingerprintOf(request: FastifyRequest): string {
  return (hashes.get(request.raw) ?? beginHash(request)).copy().digest('base64url');
}

function beginHash({ method, url, headers }: FastifyRequest): Hash {
  return createHash('sha256').update(`${method} ${url}\n${headers['content-type'] ?? ''}\n`);
}

/** Hashes the body while it is read, so that it need not be kept as it was sent. */
function hashPieces(request: FastifyRequest): ((piece: Buffer) => void) | undefined {
  if (request.headers['idempotency-key'] === undefined) return undefined;
  const hash = beginHash(request);
  hashes.set(request.raw, hash);
  return (piece) => void hash.update(piece);
}

/**
 * Reads bodies: JSON everywhere, NDJSON for batches, line protocol where InfluxDB's clients write; gzip too.
 * Fastify would also take plain text as JSON's stand-in, and read broken UTF-8 as other characters.
 */
export function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const add = (type: string, parse: (text: string) => unknown, allows: (route: string) => boolean): void => {
    fastify.addContentTypeParser(type, (request: FastifyRequest, payload, done) => {
      const route = request.routeOptions.url ?? '';
      if (!allows(route)) throw mediaTypeError();
      const body = {
        lengthBytes: Number(request.headers['content-length'] ?? Number.NaN),
        maxBytes: request.routeOptions.bodyLimit,
        isGzip: isGzip(request),
        share: request.bodyShare,
        onPiece: hashPieces(request),
      };
      readBody(payload, body, (error, bytes) => {
        if (error || !bytes) done(error);
        // Clients that set a Content-Type always send it without a body, too.
        else if (request.method === 'DELETE' && bytes.length === 0) done(null);
        else
          finish(done, () => {
            if (route !== WRITE_ROUTE) return parsed(request, bytes, parse);
            refuseCutLine(request.raw, bytes);
            return decode(bytes);
          });
      });
    });
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

/** @throws GatewayError INVALID_ENCODING when it is none that is read here */
function isGzip({ headers }: FastifyRequest): boolean {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new GatewayError(
      'INVALID_ENCODING',
      `Content-Encoding must be gzip or identity, got ${show(encoding)}`,
    );
  return encoding === 'gzip';
}

/** What is wrong with the body is the answer; what goes wrong later is none of its business. */
function finish(done: (error: Error | null, body?: unknown) => void, read: () => unknown): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, body);
}

function decode(body: Buffer): string {
  if (!isUtf8(body)) throw notUtf8(body);
  return body.toString();
}

function parsed({ raw }: FastifyRequest, body: Buffer, parse: (text: string) => unknown): unknown {
  const text = decode(body);
  try {
    return parse(text);
  } catch (error) {
    throw explain(error, raw, body);
  }
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

/**
 * Objects without arrays, one a line, read at once: half the work is beginning to read. Where each line begins an object, a text
 * cannot go on in the next line, and an object can neither, except in an array; so as many objects as lines are one a line.
 * @returns undefined when the lines are others
 */
function parseTogether(lines: readonly string[]): unknown[] | undefined {
  if (!lines.every((line) => line.startsWith('{') && !line.includes('['))) return undefined;
  try {
    const records = JSON.parse(`[${lines.join(',\n')}]`) as unknown[];
    return records.length === lines.length ? records : undefined;
  } catch {
    return undefined;
  }
}

/** One record a line; one that is no JSON does not spoil the others. */
function parseNdjson(text: string): unknown[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return (
    parseTogether(lines) ??
    lines.flatMap((line): unknown[] => {
      if (line.trim() === '') return [];
      try {
        return [JSON.parse(line)];
      } catch (error) {
        return [new BrokenRecord(`The line is not valid JSON: ${(error as Error).message}`)];
      }
    })
  );
}
