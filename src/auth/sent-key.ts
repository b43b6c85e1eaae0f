import type { IncomingHttpHeaders } from 'node:http';

/** Longer texts cannot be keys, and need not be hashed. */
const MAX_LENGTH = 512;

/**
 * The key that a request sends: `Authorization: Bearer KEY`, `Authorization: Token KEY` as clients of InfluxDB send it,
 * or `X-API-Key: KEY`. Never one in the URL, which ends up in logs and histories.
 */
export function sentKey({
  authorization = '',
  'x-api-key': apiKey,
}: IncomingHttpHeaders): string | undefined {
  const key = /^(?:Bearer|Token) +(\S+)\s*$/i.exec(authorization)?.[1] ?? apiKey;
  return typeof key === 'string' && key !== '' ? key.slice(0, MAX_LENGTH) : undefined;
}
