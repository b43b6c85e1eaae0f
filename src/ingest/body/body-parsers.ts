import { isUtf8 } from 'node:buffer';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { GatewayError } from '../../common/errors/gateway-error.js';
import { formatValue } from '../../common/errors/format-value.js';
import { runSteps, runInSlices } from '../../common/scheduling/time-slices.js';
import { batchTooLarge } from './batch-body.js';
import { withLikelyCause, notUtf8Error, refuseTruncatedLine } from './body-errors.js';
import { isJsonArray, JsonBatchParser } from './json-batch-parser.js';
import { NdjsonParser, parseNdjsonAtOnce } from './ndjson-parser.js';
import { readBody } from './read-body.js';
import { hashChunks } from './request-fingerprint.js';
import { MAX_VALUES, JsonValueCounter } from './json-value-counter.js';

/** Larger bodies are parsed in time slices, so that other requests are served meanwhile. A batch of 1,000 records has 100 KB. */
const LARGE_BYTES = 256 << 10;

/**
 * Registers the parsers of bodies: JSON for all routes, NDJSON for batches, line protocol where InfluxDB clients write; all with
 * gzip, too. They replace Fastify's own, which also accept plain text and decode invalid UTF-8 as other characters.
 * @param maxRecords the most records of a batch; a larger one is parsed no further
 */
export function registerBodyParsers(fastify: FastifyInstance, maxRecords = Infinity): void {
  fastify.removeAllContentTypeParsers();
  const add = (type: string, parse: Parse, allows: (route: string) => boolean): void => {
    fastify.addContentTypeParser(type, (request: FastifyRequest, payload, done) => {
      const route = request.routeOptions.url ?? '';
      if (!allows(route)) throw mediaTypeError();
      const body = {
        lengthBytes: Number(request.headers['content-length'] ?? Number.NaN),
        maxBytes: request.routeOptions.bodyLimit,
        isGzip: isGzip(request),
        share: request.bodyShare,
        onChunk: hashChunks(request),
      };
      readBody(payload, body, (error, bytes) => {
        if (error || !bytes) done(error);
        // Some clients set a Content-Type on every request, even without a body.
        else if (request.method === 'DELETE' && bytes.length === 0) done(null);
        else
          settle(done, () => {
            if (!isUtf8(bytes)) throw notUtf8Error(bytes);
            if (route === WRITE_ROUTE) {
              refuseTruncatedLine(request.raw, bytes);
              return bytes.toString();
            }
            const isBatch = route === BATCH_ROUTE;
            const isWanted = (): boolean => !request.raw.socket.destroyed;
            return withCauses(request, bytes, () => parse(bytes, { maxRecords, isBatch, isWanted }));
          });
      });
    });
  };
  add('application/json', parseJson, () => true);
  for (const type of ['application/x-ndjson', 'application/ndjson', 'application/jsonl'])
    add(type, parseLines, (route) => route === BATCH_ROUTE || route === WRITE_ROUTE);
  // InfluxDB clients send line protocol with any content type, or none.
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

/** @throws GatewayError INVALID_ENCODING for any other encoding */
function isGzip({ headers }: FastifyRequest): boolean {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new GatewayError(
      'INVALID_ENCODING',
      `Content-Encoding must be gzip or identity, got ${formatValue(encoding)}`,
    );
  return encoding === 'gzip';
}

interface ParseOptions {
  readonly maxRecords: number;
  readonly isBatch: boolean;
  /** Returns false once the client has disconnected. */
  readonly isWanted: () => boolean;
}

/** Parses a UTF-8 body; returns a promise when it works in time slices. */
type Parse = (bytes: Buffer, options: ParseOptions) => unknown;

/** Passes on the result of `read`, or what it throws. Calls `done` outside of the try: an error of `done` is not the body's. */
function settle(done: (error: Error | null, body?: unknown) => void, read: () => unknown): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    done(error as Error);
    return;
  }
  if (body instanceof Promise)
    body.then(
      (whole: unknown) => done(null, whole),
      (error: unknown) => done(error as Error),
    );
  else done(null, body);
}

/** Adds the likely cause, from the request, to an error of parsing. */
function withCauses({ raw }: FastifyRequest, bytes: Buffer, read: () => unknown): unknown {
  try {
    const body = read();
    if (!(body instanceof Promise)) return body;
    return body.catch((error: unknown) => {
      throw withLikelyCause(error, raw, bytes);
    });
  } catch (error) {
    throw withLikelyCause(error, raw, bytes);
  }
}

/** JSON.parse() keeps "__proto__" as a plain key, and validation refuses it like any unknown field. */
function parseJson(bytes: Buffer, { maxRecords, isBatch, isWanted }: ParseOptions): unknown {
  if (bytes.length <= LARGE_BYTES) return parseAtOnce(bytes.toString());
  if (isBatch && isJsonArray(bytes)) {
    const list = new JsonBatchParser(bytes, { maxRecords });
    return runInSlices(list, isWanted).then(() => list.records);
  }
  const values = new JsonValueCounter(bytes, 0, bytes.length);
  return runInSlices(values, isWanted).then(() => {
    if (!values.hasTooMany) return parseAtOnce(bytes.toString());
    throw new GatewayError('BODY_TOO_LARGE', `The body must hold at most ${MAX_VALUES} values, got more`);
  });
}

function parseAtOnce(text: string): unknown {
  if (text === '') throw new GatewayError('INVALID_JSON', 'The body is empty; it must be JSON');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GatewayError('INVALID_JSON', `The body is not valid JSON: ${(error as Error).message}`);
  }
}

function parseLines(bytes: Buffer, { maxRecords, isWanted }: ParseOptions): unknown {
  if (bytes.length <= LARGE_BYTES) {
    const records = parseNdjsonAtOnce(bytes.toString());
    if (records) return records;
  }
  const lines = new NdjsonParser(bytes, maxRecords);
  const reading = bytes.length <= LARGE_BYTES ? runSteps(lines, isWanted) : runInSlices(lines, isWanted);
  const result = (): unknown[] => {
    if (lines.isTooLong) throw batchTooLarge(maxRecords, `at least ${maxRecords + 1}`);
    return lines.records;
  };
  return reading ? reading.then(result) : result();
}
