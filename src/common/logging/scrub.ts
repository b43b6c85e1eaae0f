import type { GatewayConfig } from '../config/gateway-config.js';

/** Shorter ones are no secrets to speak of, and would be found in every other word. */
const MIN_LENGTH = 8;

export const REDACTED = '[redacted]';

/**
 * The last resort against credentials in what is written down, such as one that a client sent in the address: makes
 * a function that takes out the gateway's keys, by their form, and what the configuration holds.
 */
export function createScrub({ auth, store, tracing }: GatewayConfig): (text: string) => string {
  const known = [auth.adminKey, store.influxToken, ...headerValues(tracing.headers)]
    .filter((secret) => secret.length >= MIN_LENGTH)
    // As it is, inside JSON, and inside an address.
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(['pxk_[\\w-]{8,}', ...new Set(known)].join('|'), 'g');
  return (text) => text.replace(pattern, REDACTED);
}

/** The values of `name=value,name=value`, as they are and decoded. */
function headerValues(list: string): string[] {
  return list.split(',').flatMap((pair) => {
    const value = pair.slice(pair.indexOf('=') + 1).trim();
    try {
      return [value, decodeURIComponent(value)];
    } catch {
      return [value];
    }
  });
}
