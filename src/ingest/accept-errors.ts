/** Why a request is refused although its readings are good, whichever route they come by. */
export const ACCEPT_ERRORS = [
  'IDEMPOTENCY_KEY_REUSED',
  'DRAINING',
  'CLOCK_NOT_SET',
  'JOURNAL_FULL',
  'DISK_FULL',
  'JOURNAL_UNAVAILABLE',
  'IDEMPOTENCY_FULL',
  'TOO_BUSY',
] as const;
