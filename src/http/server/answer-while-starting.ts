import type { IncomingMessage, ServerResponse } from 'node:http';

import { errorAnswer } from '../../common/errors/error-answer.js';
import { tryAgain } from '../../common/errors/gateway-error.js';
import { prefersHtml } from '../dashboard/wants-page.js';

const RETRY_AFTER_S = 1;
const RECOVERING = { gateway: { status: 'down', message: 'The gateway is recovering data from disk' } };

/** The responses to probes before the application runs; in the same shapes as HealthController's. */
const PROBES: Readonly<Record<string, readonly [status: number, body: object]>> = {
  '/api/health': [200, { status: 'ok' }],
  '/api/health/live': [200, { status: 'ok', info: {}, error: {}, details: {} }],
  '/api/health/startup': [503, { status: 'error', info: {}, error: RECOVERING, details: RECOVERING }],
  '/api/health/ready': [503, { status: 'error', info: {}, error: RECOVERING, details: RECOVERING }],
};

/** Answers probes, and everything else with 503 STARTING, while the gateway recovers data from disk. */
export function answerWhileStarting(request: IncomingMessage, response: ServerResponse): void {
  const refusal = errorAnswer(
    tryAgain(
      'STARTING',
      'The gateway is starting: it is recovering data from disk. Nothing was accepted',
      RETRY_AFTER_S,
    ),
    request.url,
  );
  const probe = request.method === 'GET' ? PROBES[request.url?.split('?')[0] ?? ''] : undefined;
  const [status, body] = probe ?? [refusal.status, refusal.body];
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Length': text.length,
    'Content-Type': 'application/json; charset=utf-8',
    ...(status === 503 && refusal.headers),
    // A browser that waits for the dashboard then reloads by itself.
    ...(prefersHtml(request.headers.accept) && { Refresh: String(RETRY_AFTER_S) }),
    // Nobody reads the body, and Node would take it for the next request.
    Connection: 'close',
  });
  response.end(text);
}
