import { sentKey } from '../auth/sent-key.js';

/** The headers of a request that only HTTP clients of programs send, and that nothing but these decides about. */
export interface PlainRequest {
  readonly host: string;
  /** The API key that it sends. */
  readonly secret: string | undefined;
  readonly contentType: string | undefined;
  /** Bytes of the body; undefined without a Content-Length. */
  readonly contentLength: number | undefined;
}

/** What a header says. IGNORED ones change no answer of the routes that are served here. */
const IGNORED = 0;
const CONNECTION = 1;
const ACCEPT = 2;
const READ = 3;

const KINDS = new Map<string, number>([
  ['user-agent', IGNORED],
  ['accept-language', IGNORED],
  ['keep-alive', IGNORED],
  ['connection', CONNECTION],
  ['accept', ACCEPT],
  ['host', READ],
  ['authorization', READ],
  ['x-api-key', READ],
  ['content-type', READ],
  ['content-length', READ],
]);

/** The longest form of a header's name that is remembered, so that few names are made lower case. */
const MAX_SPELLINGS = 200;
const spellings = new Map<string, string>();

/**
 * Reads the headers of a request, if there are only such that programs send with every request.
 * @param rawHeaders names and values in turn, as Node received them
 * @returns undefined when any other header is there, or one twice: of a browser, a proxy, a trace, a repeated request…
 */
export function readPlain(rawHeaders: readonly string[]): PlainRequest | undefined {
  const read: Record<string, string | undefined> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = lowerCase(rawHeaders[at] ?? '');
    const value = rawHeaders[at + 1] ?? '';
    const kind = KINDS.get(name);
    if (kind === undefined) return undefined;
    if (kind === CONNECTION && !/^(?:keep-alive|close)$/i.test(value)) return undefined;
    if (kind === ACCEPT && value.includes('html')) return undefined;
    if (kind !== READ) continue;
    if (read[name] !== undefined) return undefined;
    read[name] = value;
  }
  const { host, authorization, 'x-api-key': apiKey, 'content-type': contentType } = read;
  const length = read['content-length'];
  if (host === undefined) return undefined;
  return {
    host,
    secret:
      authorization === undefined && apiKey === undefined
        ? undefined
        : sentKey({ authorization, 'x-api-key': apiKey }),
    contentType,
    contentLength: length === undefined ? undefined : Number(length),
  };
}

function lowerCase(name: string): string {
  const known = spellings.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (spellings.size < MAX_SPELLINGS) spellings.set(name, lower);
  return lower;
}
