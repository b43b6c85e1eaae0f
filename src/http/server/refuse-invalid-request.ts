import type { IncomingMessage, ServerResponse } from 'node:http';

import { errorAnswer } from '../../common/errors/error-answer.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { rawHeader } from './raw-header.js';

/**
 * Refuses requests that Node accepts although HTTP/1.1 forbids it: other versions, and HTTP/1.1 without a Host header.
 * @returns whether the request is answered
 */
export function refuseInvalidRequest(request: IncomingMessage, response: ServerResponse): boolean {
  const { httpVersion } = request;
  if (httpVersion === '1.1' ? rawHeader(request, 'host') !== undefined : httpVersion === '1.0') return false;
  const detail =
    httpVersion === '1.1'
      ? 'HTTP/1.1 needs the header Host: send the host name or IP address of the gateway, such as Host: localhost:8000'
      : `The version must be HTTP/1.1 or HTTP/1.0, got HTTP/${httpVersion}`;
  const answer = errorAnswer(new GatewayError('MALFORMED_REQUEST', detail), request.url);
  const body = Buffer.from(JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    Connection: 'close',
  });
  response.end(body);
  return true;
}
