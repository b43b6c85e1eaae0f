import { limit, oneOf, secret, text } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type AuthConfig = ValuesOf<typeof AUTH>;

/** Who may use the gateway, and how much. */
export const AUTH = {
  /** "off" serves everyone without keys. Else requests need a key; before the first key, only local ones are served. */
  mode: oneOf('AUTH', ['on', 'off'], 'on'),

  /** A key of role admin, to begin with: 32 characters or more. Never printed. */
  adminKey: secret('ADMIN_KEY'),

  /** A file that holds it, in place of ADMIN_KEY, as containers receive secrets. */
  adminKeyFile: text('ADMIN_KEY_FILE'),

  /** Readings a second that one key may send; 0 sets no limit. A key's own limit takes precedence. */
  keyReadingsPerSecond: limit('LIMIT_KEY_READINGS'),

  /** Requests a second that one key may send; 0 sets no limit. */
  keyRequestsPerSecond: limit('LIMIT_KEY_REQUESTS'),

  /** Readings a second from one IPv4 address, or one IPv6 network of 64 bits; 0 sets no limit. */
  addressReadingsPerSecond: limit('LIMIT_ADDRESS_READINGS'),

  /** Requests a second from one IPv4 address, or one IPv6 network of 64 bits; 0 sets no limit. */
  addressRequestsPerSecond: limit('LIMIT_ADDRESS_REQUESTS'),

  /** Wrong keys a minute from one IP address that are answered 401; more are answered 429. 0 sets no limit. */
  wrongKeysPerMinute: limit('LIMIT_WRONG_KEYS', 20),
} as const;
