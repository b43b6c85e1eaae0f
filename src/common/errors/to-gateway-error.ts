import { HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { StoreUnavailable } from './store-unavailable.js';
import { CallError } from './call-error.js';
import type { ErrorCode } from './error-codes.js';
import { GatewayError, tryAgain } from './gateway-error.js';
import { explainMediaType } from './explain-media-type.js';

/** Our codes for Fastify's own errors; see fastify/lib/errors.js. */
const FASTIFY_ERRORS: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'MALFORMED_REQUEST',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** @returns the error that clients may see; an unknown one becomes an INTERNAL_ERROR without details */
export function toGatewayError(thrown: unknown, request?: FastifyRequest): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof StoreUnavailable) {
    return tryAgain('STORE_UNAVAILABLE', thrown.message, thrown.retryAfterMs / 1000, thrown);
  }
  // Nest wraps Fastify's errors; the original with the code is the cause.
  const inner = thrown instanceof HttpException ? (thrown.cause ?? thrown) : thrown;
  if (inner instanceof Error) {
    const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(inner);
    const code = FASTIFY_ERRORS[codeOf(inner)] ?? BY_STATUS[status];
    if (code) return new GatewayError(code, detailOf(code, request) ?? inner.message, { cause: thrown });
    if (status >= 400 && status < 500)
      return new GatewayError('MALFORMED_REQUEST', inner.message, { cause: thrown });
  }
  const diskCode = diskCodeOf(inner);
  if (diskCode !== undefined)
    return tryAgain(
      'JOURNAL_UNAVAILABLE',
      `The gateway cannot use its own disk at the moment (${diskCode})`,
      5,
      thrown,
    );
  const where = request ? ` under request ID ${request.id}` : '';
  return new GatewayError(
    'INTERNAL_ERROR',
    `The gateway failed because of an internal error; its log has the details${where}.`,
    {
      cause: thrown,
    },
  );
}

/** A more precise message than Fastify's, where the request allows one. */
function detailOf(code: ErrorCode, request: FastifyRequest | undefined): string | undefined {
  switch (code) {
    case 'BODY_TOO_LARGE':
      return request && `The body must be at most ${request.routeOptions.bodyLimit} bytes long`;
    case 'UNSUPPORTED_MEDIA_TYPE':
      return explainMediaType(request);
    // Fastify's own message has the whole URL, whose query may hold a password.
    case 'MALFORMED_REQUEST':
      return 'The path of the URL must be percent-encoded UTF-8, such as %20 for a space';
    default:
      return undefined;
  }
}

/** @returns the code of a failed call below DATA_DIR; undefined for other errors */
function diskCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  // A bug in the code of a thread has no such code, and is an internal error here too.
  if (error instanceof CallError) return /^(?:SQLITE_|E(?!RR_))/.test(code) ? code : undefined;
  return 'syscall' in error && 'path' in error ? code : undefined;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function statusOf(error: Error): number {
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
}
