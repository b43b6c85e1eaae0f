import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { INFLUX_ROUTES } from '../../common/errors/error.filter.js';
import type { GatewayError } from '../../common/errors/gateway-error.js';
import { explainParseError, type ParseError, requestLineOf } from './explain-parse-error.js';

/** The whole response to invalid HTTP, as text: Node made no request object that could be answered. */
export function rawResponseToParseError(error: ParseError): string {
  const isInflux = requestLineOf(error).split(' ')[1]?.startsWith(INFLUX_ROUTES) ?? false;
  return rawResponse(explainParseError(error), isInflux);
}

/** A whole response as text. */
export function rawResponse(error: GatewayError, isInflux = false): string {
  const body = JSON.stringify(isInflux ? error.influxBody() : error.body());
  const headers = Object.entries(error.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
    `${headers.join('')}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

/** Writes to a socket that is still writable. */
export function write(socket: Duplex, answer: string): void {
  if (socket.writable) socket.write(answer);
}
