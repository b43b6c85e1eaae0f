import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { errorAnswer } from '../../common/errors/error-answer.js';
import type { GatewayError } from '../../common/errors/gateway-error.js';
import { explainParseError, type ParseError, requestLineOf } from './explain-parse-error.js';

/** The whole response to invalid HTTP, as text: Node made no request object that could be answered. */
export function rawResponseToParseError(error: ParseError): string {
  return rawResponse(explainParseError(error), requestLineOf(error).split(' ')[1]);
}

/** A whole response as text. @param url of the request, if it is known */
export function rawResponse(error: GatewayError, url?: string): string {
  const answer = errorAnswer(error, url);
  const body = JSON.stringify(answer.body);
  const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
    `${headers.join('')}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

/** Writes to a socket that is still writable. */
export function write(socket: Duplex, answer: string): void {
  if (socket.writable) socket.write(answer);
}
