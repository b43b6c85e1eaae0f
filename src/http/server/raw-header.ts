import type { IncomingMessage } from 'node:http';

/**
 * The first value of a header. To make `request.headers` of all of them takes many times as long, and requests of the fast
 * path need no others.
 * @param name in lower case
 */
export function rawHeader({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const one = rawHeaders[at] ?? '';
    if (one.length === name.length && one.toLowerCase() === name) return rawHeaders[at + 1];
  }
  return undefined;
}
