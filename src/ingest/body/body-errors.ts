import type { IncomingMessage } from 'node:http';

import { cutOf, goesOn } from '../../common/errors/broken-body.js';
import { GatewayError } from '../../common/errors/gateway-error.js';

/** How what is no text begins; see RFC 1952 and RFC 8878, and RFC 1950 for the levels of zlib. */
const SIGNATURES: readonly (readonly [
  hex: RegExp,
  code: 'INVALID_ENCODING' | 'INVALID_JSON',
  detail: string,
])[] = [
  [
    /^1f8b/,
    'INVALID_ENCODING',
    'The body is gzip, and its header does not say so: send Content-Encoding: gzip',
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

/** @returns why bytes that are not UTF-8 are refused */
export function notUtf8Error(body: Buffer): GatewayError {
  const beginning = body.toString('hex', 0, 4);
  const [, code, detail] = SIGNATURES.find(([hex]) => hex.test(beginning)) ?? [
    undefined,
    'INVALID_JSON' as const,
    'The body must be in UTF-8; its bytes are not UTF-8',
  ];
  return new GatewayError(code, detail);
}

/** @returns what was thrown when a body was parsed, with what is known of the cause beyond that */
export function withLikelyCause(thrown: unknown, request: IncomingMessage, body: Buffer): Error {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'INVALID_JSON') return thrown as Error;
  return new GatewayError(thrown.code, `${thrown.detail}${likelyCause(request, body)}`, {
    cause: thrown.cause,
  });
}

/**
 * Refuses line protocol that is cut within its last line: half a number is a number, too.
 * @throws GatewayError INVALID_LINE_PROTOCOL
 */
export function refuseTruncatedLine(request: IncomingMessage, body: Buffer): void {
  if (body.at(-1) === 0x0a || !goesOn(request)) return;
  throw new GatewayError('INVALID_LINE_PROTOCOL', `The last line is not whole${cutOf(request)}`);
}

function likelyCause(request: IncomingMessage, body: Buffer): string {
  const cut = cutOf(request);
  if (cut !== '') return cut;
  if (body.subarray(0, 4).includes(0)) return '. It looks like UTF-16; the body must be in UTF-8';
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return hasMark ? '. It begins with a byte order mark, EF BB BF; leave that out' : '';
}
