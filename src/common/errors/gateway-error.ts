import { cutDetail, cutErrors, cutText, MAX_MESSAGE_BYTES } from './answer-bounds.js';
import type { FieldError } from './field-error.js';
import { ERRORS, type ErrorCode } from './error-codes.js';

interface Extras {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

export const INFLUX_CODES: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  405: 'method not allowed',
  408: 'invalid',
  413: 'request too large',
  415: 'invalid',
  422: 'unprocessable entity',
  429: 'too many requests',
  431: 'request too large',
  503: 'unavailable',
};

/** An error for the client, thrown where it is known and turned into a response in one place. */
export class GatewayError extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail one sentence: what is wrong, with which value, and what would be right */
  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    { errors = [], headers = {}, cause }: Extras = {},
  ) {
    // Nobody reads the stack trace, and making it would take most of the time under attack.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail, { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'GatewayError';
    this.status = ERRORS[code].status;
    this.errors = errors;
    this.headers = headers;
  }

  /** The same error with more text at the end of its detail. */
  withDetail(more: string): GatewayError {
    const { code, detail, errors, headers, cause } = this;
    return new GatewayError(code, detail + more, { errors, headers, cause });
  }

  /** The response body, in the error shape of all routes. At most 64 KB, whatever was sent. */
  body(): object {
    const { code, detail, errors } = this;
    return {
      success: false,
      error: ERRORS[code].error,
      code,
      detail: cutDetail(detail),
      errors: cutErrors(errors),
    };
  }

  /** InfluxDB 2's own code, listed at https://docs.influxdata.com/influxdb/v2/api/. */
  get influxCode(): string {
    return INFLUX_CODES[this.status] ?? 'internal error';
  }

  /** The body in the shape of InfluxDB 2. */
  influxBody(): object {
    return {
      code: this.influxCode,
      message: cutText(this.detail, MAX_MESSAGE_BYTES),
    };
  }
}

/** A 503: the request is valid and can be sent again after `afterSeconds`. */
export function tryAgain(
  code: ErrorCode,
  detail: string,
  afterSeconds: number,
  cause?: unknown,
): GatewayError {
  const headers = { 'Retry-After': String(Math.max(1, Math.ceil(afterSeconds))) };
  return new GatewayError(code, detail, { headers, cause });
}
