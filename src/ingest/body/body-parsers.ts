import { isUtf8 } from 'node:buffer';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { GatewayError } from '../../common/errors/gateway-error.js';
import { runSteps, runInSlices, type Steps } from '../../common/scheduling/time-slices.js';
import { batchTooLarge } from './batch-body.js';
import { BATCH_ROUTE, type BodyFormat, bodyFormatOf, MEDIA_TYPES } from './body-format.js';
import { refuseOtherCharset, withoutMark, withoutModemEnd, withoutPadding } from './body-text.js';
import { isGzip } from './content-encoding.js';
import { refuseNotUtf8, refuseTruncatedLine, toLinesBody, withLikelyCause } from './body-errors.js';
import { isJsonArray, isJsonObject, JsonBatchParser } from './json-batch-parser.js';
import { NdjsonParser, parseNdjsonAtOnce } from './ndjson-parser.js';
import { PlainBatchParser } from './plain-batch.js';
import { readBody } from './read-body.js';
import { hashChunks } from './request-fingerprint.js';
import { MAX_VALUES, JsonValueCounter } from './json-value-counter.js';

/** Larger bodies are parsed in time slices, so that other requests are served meanwhile. A batch of 1,000 records has 100 KB. */
const LARGE_BYTES = 256 << 10;

/** What bodies are held to. */
export interface BodyParserOptions {
  /** The most records of a batch; a larger one is parsed no further. */
  readonly maxRecords?: number;
  /** Web pages of other origins that may send JSON as devices do, without application/json. */
  readonly corsOrigins?: readonly string[];
}

/**
 * Registers the parsers of bodies: JSON for all routes, JSON without its Content-Type and NDJSON where readings are sent, line
 * protocol where InfluxDB clients write; all with gzip, too. They replace Fastify's own, which also accept plain text and decode
 * invalid UTF-8 as other characters.
 */
export function registerBodyParsers(
  fastify: FastifyInstance,
  { maxRecords = Infinity, corsOrigins = [] }: BodyParserOptions = {},
): void {
  fastify.removeAllContentTypeParsers();
  for (const [type, meant] of Object.entries(MEDIA_TYPES))
    fastify.addContentTypeParser(type, (request: FastifyRequest, payload, done) => {
      const { url: route = '', bodyLimit: maxBytes } = request.routeOptions;
      const format = bodyFormatOf(request, route, meant, corsOrigins);
      const isBatch = route === BATCH_ROUTE;
      const isWanted = (): boolean => !request.raw.socket.destroyed;
      const body = {
        lengthBytes: Number(request.headers['content-length'] ?? Number.NaN),
        maxBytes,
        isGzip: isGzip(request.headers['content-encoding']),
        share: request.bodyShare,
        onChunk: hashChunks(request),
      };
      readBody(payload, body, (error, bytes) => {
        if (error || !bytes) done(error);
        // Some clients set a Content-Type on every request, even without a body.
        else if (request.method === 'DELETE' && bytes.length === 0) done(null);
        else settle(done, () => readText(request, bytes, format, { maxRecords, isBatch, isWanted }));
      });
    });
}

/** @throws GatewayError when the bytes are not text in UTF-8, or not in the format */
function readText(
  request: FastifyRequest,
  bytes: Buffer,
  format: BodyFormat,
  options: ParseOptions,
): unknown {
  const text = withoutMark(bytes);
  if (!isUtf8(text)) refuseNotUtf8(bytes, format === 'line protocol' || isLines(text, format, options));
  if (format === 'form') return text.toString();
  if (format === 'line protocol') {
    refuseTruncatedLine(request.raw, text);
    return toLinesBody(withoutModemEnd(text));
  }
  refuseOtherCharset(request.headers['content-type'], text);
  const json = withoutPadding(text);
  const explain = (error: unknown): Error => withLikelyCause(error, request.raw, json, options.isBatch);
  return withCauses(() => parse(json, format, options), explain);
}

interface ParseOptions {
  readonly maxRecords: number;
  readonly isBatch: boolean;
  /** Returns false once the client has disconnected. */
  readonly isWanted: () => boolean;
}

/** Parses JSON or NDJSON in UTF-8; returns a promise when it works in time slices. */
function parse(bytes: Buffer, format: BodyFormat, options: ParseOptions): unknown {
  const areLines = isLines(bytes, format, options);
  const parseAny = (): unknown => (areLines ? parseLines(bytes, options) : parseJson(bytes, options));
  if (!options.isBatch) return parseAny();
  const plain = new PlainBatchParser(bytes, !areLines, options.maxRecords);
  const reading = run(plain, bytes, options);
  const result = (): unknown => plain.batch ?? parseAny();
  return reading ? reading.then(result) : result();
}

/** Large bodies do not even begin at once: many may arrive together. */
function run(work: Steps, { length }: Buffer, { isWanted }: ParseOptions): Promise<void> | undefined {
  return length <= LARGE_BYTES ? runSteps(work, isWanted) : runInSlices(work, isWanted);
}

function isLines(bytes: Buffer, format: BodyFormat, { isBatch }: ParseOptions): boolean {
  return format === 'ndjson' || (format === 'device json' && isBatch && isJsonObject(bytes));
}

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

/** Passes on what `read` returns; an error is explained first. */
function withCauses(read: () => unknown, explain: (error: unknown) => Error): unknown {
  try {
    const body = read();
    if (!(body instanceof Promise)) return body;
    return body.catch((error: unknown) => {
      throw explain(error);
    });
  } catch (error) {
    throw explain(error);
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

function parseLines(bytes: Buffer, options: ParseOptions): unknown {
  const { maxRecords } = options;
  if (bytes.length <= LARGE_BYTES && isUtf8(bytes)) {
    const records = parseNdjsonAtOnce(bytes.toString());
    if (records) return records;
  }
  const lines = new NdjsonParser(bytes, maxRecords);
  const reading = run(lines, bytes, options);
  const result = (): unknown[] => {
    if (lines.isTooLong) throw batchTooLarge(maxRecords, `at least ${maxRecords + 1}`);
    return lines.records;
  };
  return reading ? reading.then(result) : result();
}
