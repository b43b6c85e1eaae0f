/**
 * Every error a client can be answered with. The codes are stable: clients may compare them.
 * docs/errors.md lists the same codes; a test fails when the two differ.
 */
export const ERRORS = {
  INVALID_READING: { status: 400, error: 'Validation error' },
  INVALID_PARAMETER: { status: 400, error: 'Validation error' },
  INVALID_JSON: { status: 400, error: 'Malformed request' },
  MALFORMED_REQUEST: { status: 400, error: 'Malformed request' },
  INVALID_BATCH: { status: 400, error: 'Validation error' },
  INVALID_LINE_PROTOCOL: { status: 400, error: 'Validation error' },
  INVALID_ENCODING: { status: 400, error: 'Malformed request' },
  INVALID_RULE: { status: 400, error: 'Validation error' },
  TIMESTAMP_IN_FUTURE: { status: 400, error: 'Validation error' },
  ROUTE_NOT_FOUND: { status: 404, error: 'Not found' },
  SENSOR_NOT_FOUND: { status: 404, error: 'Not found' },
  DEAD_LETTER_NOT_FOUND: { status: 404, error: 'Not found' },
  RULE_NOT_FOUND: { status: 404, error: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, error: 'Method not allowed' },
  REQUEST_TIMEOUT: { status: 408, error: 'Request timeout' },
  BODY_TOO_LARGE: { status: 413, error: 'Body too large' },
  BATCH_TOO_LARGE: { status: 413, error: 'Body too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, error: 'Unsupported media type' },
  TOO_MANY_SENSORS: { status: 422, error: 'Too many sensors' },
  TOO_MANY_RULES: { status: 422, error: 'Too many rules' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, error: 'Idempotency key reused' },
  HEADERS_TOO_LARGE: { status: 431, error: 'Headers too large' },
  INTERNAL_ERROR: { status: 500, error: 'Internal error' },
  STORE_UNAVAILABLE: { status: 503, error: 'Service unavailable' },
  JOURNAL_FULL: { status: 503, error: 'Service unavailable' },
  JOURNAL_UNAVAILABLE: { status: 503, error: 'Service unavailable' },
  DISK_FULL: { status: 503, error: 'Service unavailable' },
  IDEMPOTENCY_FULL: { status: 503, error: 'Service unavailable' },
  TOO_BUSY: { status: 503, error: 'Service unavailable' },
} as const;

export type ErrorCode = keyof typeof ERRORS;
