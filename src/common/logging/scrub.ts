import type { GatewayConfig } from '../config/gateway-config.js';

/** Shorter texts are not real secrets, and would match parts of other words. */
const MIN_LENGTH = 8;

export const REDACTED = '[redacted]';

/**
 * The last protection against credentials in logs and traces, such as a key that a client sent in the URL.
 * @returns a function that removes the gateway's keys, by their form, and the secrets of the configuration
 */
export function createScrub({ auth, store, tracing }: GatewayConfig): (text: string) => string {
  const known = [auth.adminKey, store.influxToken, ...headerValues(tracing.headers)]
    .filter((secret) => secret.length >= MIN_LENGTH)
    // As plain text, inside JSON, and inside a URL.
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
