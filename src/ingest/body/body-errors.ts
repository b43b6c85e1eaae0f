import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

import { explainCut, continuesLine } from '../../common/errors/incomplete-body.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { LinesBody } from '../line-protocol/lines-body.js';
import { decodeDamaged } from './body-text.js';
import { isJsonObject } from './json-batch-parser.js';

/** First bytes of bodies that are not UTF-8 text: RFC 1952 (gzip), RFC 8878 (zstd), RFC 1950 (zlib, by level). */
const SIGNATURES: readonly (readonly [
  hex: RegExp,
  code: 'INVALID_ENCODING' | 'INVALID_JSON',
  detail: string,
])[] = [
  [
    /^1f8b/,
    'INVALID_ENCODING',
    'The body is gzip, but the request does not say so: send Content-Encoding: gzip',
  ],
  [
    /^28b52ffd/,
    'INVALID_ENCODING',
    'The body is compressed with zstd; send it with gzip and Content-Encoding: gzip',
  ],
  [
    /^78(01|5e|9c|da)/,
    'INVALID_ENCODING',
    'The body is compressed with zlib (deflate); send it with gzip and Content-Encoding: gzip',
  ],
  [/^(fffe|feff)/, 'INVALID_JSON', 'The body must be in UTF-8; it is UTF-16'],
];

/**
 * Refuses a body that is not UTF-8; a body of lines only when it is something else, or has hardly a line that is UTF-8.
 * @throws GatewayError INVALID_JSON or INVALID_ENCODING
 */
export function refuseNotUtf8(body: Buffer, isOfLines: boolean): void {
  const beginning = body.toString('hex', 0, 4);
  const signature = SIGNATURES.find(([hex]) => hex.test(beginning));
  if (signature) throw new GatewayError(signature[1], signature[2]);
  if (!isOfLines) throw notUtf8();
}

/**
 * @returns the text of lines; in place of bytes that are not UTF-8 lone surrogates, which no sensor or zone may have
 * @throws GatewayError INVALID_JSON when there are so many that the text is in another encoding
 */
export function decodeLines(body: Buffer): string {
  const text = isUtf8(body) ? body.toString() : decodeDamaged(body);
  if (text === undefined) throw notUtf8();
  return text;
}

/** The same as decodeLines(), with the bytes where they can be read as they are. */
export function toLinesBody(body: Buffer): LinesBody {
  const ascii = isAscii(body) ? body : undefined;
  return new LinesBody(ascii?.toString('latin1') ?? decodeLines(body), ascii);
}

function notUtf8(): GatewayError {
  return new GatewayError('INVALID_JSON', 'The body must be in UTF-8; its bytes are not UTF-8');
}

/**
 * @param isBatch whether an array is expected
 * @returns the error that parsing threw; with the likely cause added when the request shows one
 */
export function withLikelyCause(
  thrown: unknown,
  request: IncomingMessage,
  body: Buffer,
  isBatch: boolean,
): Error {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'INVALID_JSON') return thrown as Error;
  return new GatewayError(thrown.code, `${thrown.detail}${likelyCause(request, body, isBatch)}`, {
    cause: thrown.cause,
  });
}

/**
 * Refuses line protocol that was cut off within its last line: half a number would be stored as a number.
 * @throws GatewayError INVALID_LINE_PROTOCOL
 */
export function refuseTruncatedLine(request: IncomingMessage, body: Buffer): void {
  if (body.at(-1) === 0x0a || !continuesLine(request)) return;
  throw new GatewayError('INVALID_LINE_PROTOCOL', `The last line is incomplete${explainCut(request)}`);
}

const NDJSON_HINT =
  '. A batch is an array; for one reading on each line, send Content-Type: application/x-ndjson';

function likelyCause(request: IncomingMessage, body: Buffer, isBatch: boolean): string {
  const cut = explainCut(request);
  if (cut !== '') return cut;
  if (body.subarray(0, 4).includes(0)) return '. It looks like UTF-16; the body must be in UTF-8';
  return isBatch && isJsonObject(body) ? NDJSON_HINT : '';
}
