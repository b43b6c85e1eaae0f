import type { IncomingMessage } from 'node:http';

import type { ErrorCode } from './error-codes.js';
import { GatewayError } from './gateway-error.js';

/** Why a body will not come to its end. A request emits it as its error; who reads the body adds how much came. */
export class IncompleteBody extends Error {
  constructor(
    private readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }

  /** @param lengthBytes as its Content-Length says; NaN when it does not */
  after(sentBytes: number, lengthBytes: number): GatewayError {
    const of = Number.isNaN(lengthBytes) ? '' : ` of ${lengthBytes}`;
    return new GatewayError(this.code, `${this.message}; ${sentBytes}${of} bytes of the body had come`);
  }
}

/** What came directly behind the end of a request, and is no further request. */
const trailingBytes = new WeakMap<IncomingMessage, Buffer>();

export function rememberTrailingBytes(request: IncomingMessage, bytes: Buffer): void {
  trailingBytes.set(request, bytes);
}

/**
 * Says where a body is cut when more follows it than its Content-Length says: what is wrong with it is mostly that.
 * @returns an empty text when nothing is known to follow
 */
export function explainCut(request: IncomingMessage): string {
  const bytes = request.headers['content-length'] ?? '0';
  return trailingBytes.has(request)
    ? `. The body is cut where Content-Length ends, after ${bytes} bytes, and more followed`
    : '';
}

/** Whether what followed may be the rest of a line: digits, letters and what else stands in numbers and fields. */
export function continuesLine(request: IncomingMessage): boolean {
  return /^[\w .,+\-="\\]/.test(trailingBytes.get(request)?.toString('latin1', 0, 1) ?? '');
}
