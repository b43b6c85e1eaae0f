import type { IncomingMessage } from 'node:http';

import type { ErrorCode } from './error-codes.js';
import { GatewayError } from './gateway-error.js';

/** Why a body will stay incomplete. The request emits it as its error; the reader of the body adds how much arrived. */
export class IncompleteBody extends Error {
  constructor(
    private readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }

  /** @param lengthBytes the Content-Length; NaN when there is none */
  after(sentBytes: number, lengthBytes: number): GatewayError {
    const of = Number.isNaN(lengthBytes) ? '' : ` of ${lengthBytes}`;
    return new GatewayError(this.code, `${this.message}; ${sentBytes}${of} bytes of the body had arrived`);
  }
}

/** The bytes directly after the end of a request that are not another request. */
const trailingBytes = new WeakMap<IncomingMessage, Buffer>();

export function rememberTrailingBytes(request: IncomingMessage, bytes: Buffer): void {
  trailingBytes.set(request, bytes);
}

/**
 * Explains that a body is cut because more bytes follow than its Content-Length says: mostly this is what is wrong with it.
 * @returns an empty text when no bytes are known to follow
 */
export function explainCut(request: IncomingMessage): string {
  const bytes = request.headers['content-length'] ?? '0';
  return trailingBytes.has(request)
    ? `. The body is cut where Content-Length ends, after ${bytes} bytes, and more followed`
    : '';
}

/** Whether the trailing bytes may be the rest of a line: they begin with a character of a number or a field. */
export function continuesLine(request: IncomingMessage): boolean {
  return /^[\w .,+\-="\\]/.test(trailingBytes.get(request)?.toString('latin1', 0, 1) ?? '');
}
