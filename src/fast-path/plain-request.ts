/** What a request says in its headers, where it has only those that programs send with every request. */
export interface PlainRequest {
  readonly host: string;
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
}

/** In lower case, and as usual clients write them. IGNORED ones change no answer of the routes that are served here. */
const IGNORED = 0;
const CONNECTION = 1;
const ACCEPT = 2;
const HOST = 3;
const AUTHORIZATION = 4;
const API_KEY = 5;
const CONTENT_TYPE = 6;
const CONTENT_LENGTH = 7;

const KINDS: Readonly<Record<string, number>> = {
  'User-Agent': IGNORED,
  'Accept-Language': IGNORED,
  'Accept-Encoding': IGNORED,
  // Node's fetch() sends it; browsers send others with it.
  'Sec-Fetch-Mode': IGNORED,
  Connection: CONNECTION,
  Accept: ACCEPT,
  Host: HOST,
  Authorization: AUTHORIZATION,
  'X-API-Key': API_KEY,
  'Content-Type': CONTENT_TYPE,
  'Content-Length': CONTENT_LENGTH,
};
const kinds = new Map(
  Object.entries(KINDS).flatMap(([name, kind]) => [
    [name, kind] as const,
    [name.toLowerCase(), kind] as const,
  ]),
);

/**
 * Reads the headers of a request.
 * @param rawHeaders names and values in turn, as Node received them
 * @returns undefined when any other header is there, or one twice: of a browser, a proxy, a trace, a repeated request
 */
export function readPlain(rawHeaders: readonly string[]): PlainRequest | undefined {
  let host: string | undefined;
  let authorization: string | undefined;
  let apiKey: string | undefined;
  let contentType: string | undefined;
  let contentLength: string | undefined;
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const kind = kinds.get(name) ?? kinds.get(name.toLowerCase());
    if (kind === undefined || (seen & (1 << kind)) !== 0) return undefined;
    if (kind !== IGNORED) seen |= 1 << kind;
    if (kind === HOST) host = value;
    else if (kind === CONTENT_TYPE) contentType = value;
    else if (kind === CONTENT_LENGTH) contentLength = value;
    else if (kind === AUTHORIZATION) authorization = value;
    else if (kind === API_KEY) apiKey = value;
    else if (kind === CONNECTION && value !== 'keep-alive' && value !== 'close') return undefined;
    else if (kind === ACCEPT && value.includes('html')) return undefined;
  }
  return host === undefined ? undefined : { host, authorization, apiKey, contentType, contentLength };
}
