import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { INFLUX_ROUTES } from '../../common/errors/error.filter.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { formatValue } from '../../common/errors/format-value.js';

/** What Node's parser makes of bytes that are no HTTP. Its codes and reasons are llhttp's. */
export interface ParseError extends Error {
  readonly code?: string;
  readonly reason?: string;
  /** The piece that it stands in, and how far that was read. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

const NOT_HTTP = 'The request is not valid HTTP';

/** By llhttp's reason where it has several for one code. */
const BY_REASON: Readonly<Record<string, string>> = {
  'Duplicate Content-Length': 'Content-Length must be sent once, and it came twice',
  "Transfer-Encoding can't be present with Content-Length":
    'Content-Length and Transfer-Encoding exclude each other: send one of them',
  "Content-Length can't be present with Transfer-Encoding":
    'Content-Length and Transfer-Encoding exclude each other: send one of them',
  'Content-Length overflow': 'Content-Length is too large a number',
  'Chunk size overflow': 'A chunk size is too large a number',
  'Expected CRLF after version': `${NOT_HTTP}: behind the version, the request line must end with CRLF`,
  'Unexpected whitespace after header value':
    'A header must be one line; a line that begins with a space does not go on with the one before',
};

const BY_CODE: Readonly<Record<string, string>> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'The extensions behind chunk sizes are too long; send none',
  HPE_CLOSED_CONNECTION: `${NOT_HTTP}: more came behind a request that closes the connection`,
  HPE_INVALID_CHUNK_SIZE:
    'With Transfer-Encoding: chunked, each piece of the body must begin with its size as a hexadecimal number and CRLF',
  HPE_INVALID_CONTENT_LENGTH: 'Content-Length must be one number of bytes, in digits',
  HPE_INVALID_EOF_STATE: 'The client closed its side before the request had come to its end',
  HPE_INVALID_TRANSFER_ENCODING: 'Transfer-Encoding must be chunked',
  HPE_PAUSED_H2_UPGRADE: 'HTTP/2 is not spoken here; use HTTP/1.1',
  HPE_STRICT: 'With Transfer-Encoding: chunked, CRLF must follow each piece of the body and each size',
};

/** @returns what is wrong, in words; no value of a header is in it, as that may be a key */
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

/** The whole answer to what is no HTTP, as there is no request that could be answered. */
export function rawResponseToParseError(error: ParseError): string {
  const isInflux = requestLineOf(error).split(' ')[1]?.startsWith(INFLUX_ROUTES) ?? false;
  return rawResponse(explainParseError(error), isInflux);
}

export function rawResponse(error: GatewayError, isInflux = false): string {
  const body = JSON.stringify(isInflux ? error.influxBody() : error.body());
  const headers = Object.entries(error.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
    `${headers.join('')}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

/** Whether bytes behind the end of a request are a request that is wrong, rather than the rest of something else. */
export function isRequestLike(error: ParseError): boolean {
  return /^[A-Za-z]+ +\//.test(requestLineOf(error));
}

/** Writes an answer where that is still possible. */
export function write(socket: Duplex, answer: string): void {
  if (socket.writable) socket.write(answer);
}

function detailOf(error: ParseError): string {
  const { code = '', reason = '' } = error;
  switch (code) {
    case 'HPE_INVALID_METHOD':
      return beginningOf(error);
    case 'HPE_INVALID_CONSTANT':
      return protocolOf(error);
    case 'HPE_INVALID_URL':
      return 'The address must begin with / and have spaces, umlauts and control characters percent-encoded, as %20';
    case 'HPE_INVALID_HEADER_TOKEN':
      return BY_REASON[reason] ?? headerOf(error);
    case 'HPE_INVALID_VERSION':
      return BY_REASON[reason] ?? 'The version must be HTTP/1.1 or HTTP/1.0';
    default:
      return BY_REASON[reason] ?? BY_CODE[code] ?? (reason === '' ? NOT_HTTP : `${NOT_HTTP}: ${reason}`);
  }
}

/** Of what begins like no request. */
function beginningOf(error: ParseError): string {
  const bytes = bytesOf(error);
  const [first = 0, second] = bytes;
  const line = requestLineOf(error);
  const word = /^[^ ]*/.exec(line)?.[0] ?? '';
  if (first === 0x16 && second === 3) return 'TLS is not spoken on this port: it is HTTP here, use http://';
  if (bytes.includes('MQTT')) return 'MQTT is not spoken here; send readings by HTTP';
  if (word === 'PROXY') return 'The PROXY protocol is not spoken here; send X-Forwarded-For instead';
  if (first < 0x20 || first >= 0x7f) {
    const hex = first.toString(16).padStart(2, '0');
    return `A request must begin with its method, such as POST, and this begins with the byte 0x${hex}`;
  }
  if (word !== word.toUpperCase() && isRequestLike(error))
    return `The method must be in capital letters: ${formatValue(word.toUpperCase())}, not ${formatValue(word)}`;
  return `A request must begin with its method, such as POST, and this begins with ${formatValue(word.slice(0, 20))}`;
}

/** Of a request line in which something else stands where its version should. */
function protocolOf(error: ParseError): string {
  const words = requestLineOf(error).split(' ');
  if (words.length > 3) return 'The address must have no spaces; write them as %20';
  return 'The request line must end with its version, HTTP/1.1 in capital letters';
}

function headerOf(error: ParseError): string {
  const { rawPacket, bytesParsed = 0, reason } = error;
  const text = rawPacket?.toString('latin1') ?? '';
  const start = text.lastIndexOf('\n', bytesParsed - 1) + 1;
  const line = text.slice(start, text.indexOf('\n', bytesParsed));
  const name = /^([!-~]{1,80}?)[ \t]*:/.exec(line)?.[1];
  if (name === undefined)
    return 'Each header must be a name, a colon and a value; a line is without a name or colon';
  if (reason === 'Invalid header value char')
    return `The value of the header ${formatValue(name)} has a control character in it`;
  return `The header ${formatValue(name)} has a character that no name may have; no space stands before the colon`;
}

/** The bytes from where the broken request begins, as far as that can be seen. */
function bytesOf({ rawPacket = Buffer.alloc(0), bytesParsed = 0 }: ParseError): Buffer {
  const ending = rawPacket.subarray(0, bytesParsed).lastIndexOf('\r\n\r\n');
  return rawPacket.subarray(ending < 0 ? 0 : ending + 4);
}

function requestLineOf(error: ParseError): string {
  return /^[^\r\n]*/.exec(bytesOf(error).toString('latin1', 0, 4096))?.[0] ?? '';
}
