import { GatewayError } from '../../common/errors/gateway-error.js';
import { formatValue } from '../../common/errors/format-value.js';

/** The error of Node's parser for bytes that are not valid HTTP. Its codes and reasons come from llhttp. */
export interface ParseError extends Error {
  readonly code?: string;
  readonly reason?: string;
  /** The packet with the error, and how many of its bytes were parsed. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

const NOT_HTTP = 'The request is not valid HTTP';

/** For reasons of llhttp that share one code. */
const BY_REASON: Readonly<Record<string, string>> = {
  'Duplicate Content-Length': 'Content-Length must be sent once, got it twice',
  "Transfer-Encoding can't be present with Content-Length":
    'Content-Length and Transfer-Encoding exclude each other: send one of them',
  "Content-Length can't be present with Transfer-Encoding":
    'Content-Length and Transfer-Encoding exclude each other: send one of them',
  'Content-Length overflow': 'Content-Length is too large a number',
  'Chunk size overflow': 'A chunk size is too large a number',
  'Expected CRLF after version': `${NOT_HTTP}: the request line must end with CRLF after the version`,
  'Unexpected whitespace after header value':
    'A header must be one line; a line that begins with a space does not continue the line before',
};

const BY_CODE: Readonly<Record<string, string>> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'The extensions after chunk sizes are too long; send none',
  HPE_CLOSED_CONNECTION: `${NOT_HTTP}: more bytes followed a request that closes the connection`,
  HPE_INVALID_CHUNK_SIZE:
    'With Transfer-Encoding: chunked, each piece of the body must begin with its size as a hexadecimal number and CRLF',
  HPE_INVALID_CONTENT_LENGTH: 'Content-Length must be one number of bytes, in digits',
  HPE_INVALID_EOF_STATE: 'The client closed its side before the request was complete',
  HPE_INVALID_TRANSFER_ENCODING: 'Transfer-Encoding must be chunked',
  HPE_PAUSED_H2_UPGRADE: 'HTTP/2 is not supported; use HTTP/1.1',
  HPE_STRICT: 'With Transfer-Encoding: chunked, CRLF must follow each piece of the body and each chunk size',
};

/** @returns an error that says what is wrong. It quotes no header value, because that may be a key. */
export function explainParseError(error: ParseError): GatewayError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new GatewayError(
        'HEADERS_TOO_LARGE',
        'The request line and headers must be shorter than 16 KiB',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError('REQUEST_TIMEOUT', 'The request did not arrive in time');
    default:
      return new GatewayError('MALFORMED_REQUEST', detailOf(error));
  }
}

/** Whether the bytes after a request look like another, invalid request, and not like the rest of something else. */
export function isRequestLike(error: ParseError): boolean {
  return /^[A-Za-z]+ +\//.test(requestLineOf(error));
}

function detailOf(error: ParseError): string {
  const { code = '', reason = '' } = error;
  switch (code) {
    case 'HPE_INVALID_METHOD':
      return explainStart(error);
    case 'HPE_INVALID_CONSTANT':
      return explainVersion(error);
    case 'HPE_INVALID_URL':
      return 'The URL must begin with / and have spaces, umlauts and control characters percent-encoded, as %20';
    case 'HPE_INVALID_HEADER_TOKEN':
      return BY_REASON[reason] ?? explainHeader(error);
    case 'HPE_INVALID_VERSION':
      return BY_REASON[reason] ?? 'The version must be HTTP/1.1 or HTTP/1.0';
    default:
      return BY_REASON[reason] ?? BY_CODE[code] ?? (reason === '' ? NOT_HTTP : `${NOT_HTTP}: ${reason}`);
  }
}

/** For bytes that do not begin like a request. */
function explainStart(error: ParseError): string {
  const bytes = bytesOf(error);
  const [first = 0, second] = bytes;
  const line = requestLineOf(error);
  const word = /^[^ ]*/.exec(line)?.[0] ?? '';
  if (first === 0x16 && second === 3) return 'This port uses HTTP, not TLS: use http://';
  if (bytes.includes('MQTT')) return 'MQTT is not supported; send readings over HTTP';
  if (word === 'PROXY') return 'The PROXY protocol is not supported; send X-Forwarded-For instead';
  if (first < 0x20 || first >= 0x7f) {
    const hex = first.toString(16).padStart(2, '0');
    return `A request must begin with its method, such as POST; this one begins with the byte 0x${hex}`;
  }
  if (word !== word.toUpperCase() && isRequestLike(error))
    return `The method must be in capital letters: ${formatValue(word.toUpperCase())}, not ${formatValue(word)}`;
  return `A request must begin with its method, such as POST; this one begins with ${formatValue(word.slice(0, 20))}`;
}

/** For a request line with something else in place of the version. */
function explainVersion(error: ParseError): string {
  const words = requestLineOf(error).split(' ');
  if (words.length > 3) return 'The URL must have no spaces; write them as %20';
  return 'The request line must end with its version, HTTP/1.1 in capital letters';
}

function explainHeader(error: ParseError): string {
  const { rawPacket, bytesParsed = 0, reason } = error;
  const text = rawPacket?.toString('latin1') ?? '';
  const start = text.lastIndexOf('\n', bytesParsed - 1) + 1;
  const line = text.slice(start, text.indexOf('\n', bytesParsed));
  const name = /^([!-~]{1,80}?)[ \t]*:/.exec(line)?.[1];
  if (name === undefined)
    return 'Each header must be a name, a colon and a value; one line has no name or no colon';
  if (reason === 'Invalid header value char')
    return `The value of the header ${formatValue(name)} contains a control character`;
  return `The name of the header ${formatValue(name)} contains an invalid character; a space before the colon is one`;
}

/** The bytes from the start of the invalid request, as far as that can be found. */
function bytesOf({ rawPacket = Buffer.alloc(0), bytesParsed = 0 }: ParseError): Buffer {
  const ending = rawPacket.subarray(0, bytesParsed).lastIndexOf('\r\n\r\n');
  return rawPacket.subarray(ending < 0 ? 0 : ending + 4);
}

/** The first line of the invalid request, as far as it arrived. */
export function requestLineOf(error: ParseError): string {
  return /^[^\r\n]*/.exec(bytesOf(error).toString('latin1', 0, 4096))?.[0] ?? '';
}
