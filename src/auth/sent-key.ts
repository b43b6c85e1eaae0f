import type { IncomingHttpHeaders } from 'node:http';

/** Longer texts cannot be keys, and need not be hashed. */
const MAX_LENGTH = 512;

/**
 * The key that a request sends: `Authorization: Bearer KEY`, `Authorization: Token KEY` as clients of InfluxDB send it,
 * or `X-API-Key: KEY`. Never one in the URL, which ends up in logs and histories.
 * @param takesBasic whether the password of `Authorization: Basic` is a key, too. Only where clients have no other header:
 *   browsers keep such a password and send it with requests of other pages
 */
export function sentKey(
  { authorization = '', 'x-api-key': apiKey }: IncomingHttpHeaders,
  takesBasic = false,
): string | undefined {
  const password = takesBasic ? basicPassword(authorization) : undefined;
  const key = /^(?:Bearer|Token) +(\S+)\s*$/i.exec(authorization)?.[1] ?? password ?? apiKey;
  return typeof key === 'string' && key !== '' ? key.slice(0, MAX_LENGTH) : undefined;
}

/** @returns the text after the first colon of the credentials; undefined when it is empty */
function basicPassword(authorization: string): string | undefined {
  const [, encoded] = /^Basic +([\w+/=-]+)\s*$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const credentials = Buffer.from(encoded, 'base64').toString();
  const colon = credentials.indexOf(':');
  return colon < 0 || colon === credentials.length - 1 ? undefined : credentials.slice(colon + 1);
}
