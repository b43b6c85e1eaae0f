import { setTimeout as sleep } from 'node:timers/promises';

/** Why the gateway refused one reading. */
export interface Refusal {
  /** The index of the reading in the batch. */
  readonly index: number;
  readonly reason: string;
}

/** The gateway cannot do what was asked. */
export class GatewayClientError extends Error {}

/** The gateway requires a key, or another one. */
export class GatewayKeyError extends GatewayClientError {}

/** The gateway did not respond, or could not take the request, until the client gave up. */
export class NoResponseError extends GatewayClientError {
  /**
   * @param reason what happened last
   * @param code such as ECONNREFUSED; absent when there was a response, or no reply in time
   * @param status of the last response, if there was one
   */
  constructor(
    message: string,
    readonly reason: string,
    readonly code: string | undefined,
    readonly status: number | undefined,
  ) {
    super(message);
  }
}

/** The gateway refuses batches of this size. */
export class BatchTooLargeError extends GatewayClientError {}

/** A response of the gateway, or of what answers in its place. */
export interface GatewayResponse {
  readonly url: string;
  readonly status: number;
  /** Undefined when it is not valid JSON. */
  readonly body: unknown;
  readonly text: string;
  readonly headers: Headers;
}

/** Sends a request to the gateway, and repeats it until there is a response. */
export type SendRequest = (method: 'GET' | 'POST', path: string, body?: object) => Promise<GatewayResponse>;

/** Called before each wait with the reason, and the status of the response. Without a response the status is undefined. */
export type OnWait = (reason: string, status?: number) => void;

export interface GatewayClientOptions {
  readonly key?: string | undefined;
  /** It gives up after this time without a response other than "try again". */
  readonly giveUpMs?: number;
  /** The longest wait between two attempts. */
  readonly maxWaitMs?: number;
  /** Whether the signal also aborts a request in flight. */
  readonly abortsRequests?: boolean;
}

/** How patient one request is, where it differs from other requests of the client. */
export interface Patience {
  /** Without a response of a gateway it gives up after this time; what a proxy answers for one that is down is none. */
  readonly unreachableMs: number;
  /** Whether to give up at once after an error such as ENOTFOUND. */
  readonly isFinal: (code: string) => boolean;
}

const REQUEST_TIMEOUT_MS = 30_000;
const GIVE_UP_MS = 120_000;
const MAX_WAIT_MS = 10_000;

/** Status codes of a gateway, or of a proxy in front of a restarting one, after which to try again. */
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends requests to a running gateway. It tries again while the gateway says so or does not respond. */
export class GatewayClient {
  private readonly base: URL;

  /** @throws GatewayClientError when the URL is not valid, or the key cannot be one */
  constructor(
    url: string,
    private readonly options: GatewayClientOptions = {},
  ) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new GatewayClientError(`--url must be a URL such as http://127.0.0.1:8000, got "${url}"`);
    this.base = new URL(url.endsWith('/') ? url : `${url}/`);
    // The messages repeat neither value: they are secrets, even where they are wrong.
    if (this.base.username !== '' || this.base.password !== '')
      throw new GatewayClientError('--url must not contain a user or password; use --key for the key');
    if (!/^[\x21-\x7e]*$/.test(options.key ?? ''))
      throw new GatewayClientError('--key must be printable ASCII characters without spaces');
  }

  /** The gateway's page. */
  get page(): string {
    return this.base.href;
  }

  /**
   * Sends readings, in their order.
   * @param signal ends the wait between two attempts; a request in flight still completes, unless abortsRequests is set
   * @returns the refused readings; all others are accepted
   * @throws GatewayClientError when the gateway neither accepts nor refuses within giveUpMs
   */
  async sendBatch(readings: readonly object[], signal: AbortSignal, onWait: OnWait): Promise<Refusal[]> {
    const path = 'api/ingest/batch';
    const { status, body } = await this.request('POST', path, readings, signal, onWait);
    const { errors, refusedIndexes, detail = `HTTP ${status}` } = (body ?? {}) as Body;
    // A batch without an accepted reading has the status of the first refusal, such as 400, 403 or 422.
    const isVerdict = status === 200 || errors?.[0]?.index !== undefined;
    if (isVerdict && errors) return toRefusals(errors, refusedIndexes);
    if (status === 403) throw new GatewayClientError(`${this.base.origin} refuses: ${detail}`);
    if (status === 413)
      throw new BatchTooLargeError(`The gateway refuses batches of this size: ${detail}; see --batch-size`);
    const { href } = new URL(path, this.base);
    throw new GatewayClientError(`${href} answers ${status} (${detail}); is it a PredictionX gateway?`);
  }

  /**
   * Sends any request.
   * @param path without a leading slash
   * @param body an object is sent as JSON, a string as text
   * @returns any response but "try again"; whether a gateway gave it, isOfGateway() tells
   * @throws GatewayKeyError when the gateway requires a key, or another one
   * @throws NoResponseError when it does not respond within giveUpMs, or as long as `patience` says
   */
  async request(
    method: string,
    path: string,
    body: object | string | undefined,
    signal: AbortSignal,
    onWait: OnWait,
    patience?: Patience,
  ): Promise<GatewayResponse> {
    const { giveUpMs = GIVE_UP_MS, maxWaitMs = MAX_WAIT_MS } = this.options;
    const startMs = performance.now();
    const timeoutMs = Math.min(REQUEST_TIMEOUT_MS, patience?.unreachableMs ?? Infinity);
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(method, path, body, signal, timeoutMs);
      if (!('reason' in outcome)) return outcome;
      signal.throwIfAborted();
      const { reason, code, status, isGateway, retryAfterMs = 250 * 2 ** attempt } = outcome;
      const patienceMs = isGateway ? giveUpMs : (patience?.unreachableMs ?? giveUpMs);
      const leftMs = patienceMs - (performance.now() - startMs);
      if (leftMs <= 0 || (code !== undefined && patience?.isFinal(code)))
        throw new NoResponseError(`${this.base.origin} accepts no readings: ${reason}`, reason, code, status);
      onWait(reason, status);
      await sleep(Math.min(maxWaitMs, retryAfterMs, leftMs), undefined, { signal });
    }
  }

  private async attempt(
    method: string,
    path: string,
    body: object | string | undefined,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<GatewayResponse | Wait> {
    const { key = '', abortsRequests = false } = this.options;
    // Not AbortSignal.any(): on Node 20 each call leaves some memory behind on a long-lived signal.
    const ending = new AbortController();
    const end = (): void => ending.abort(new Error('it was interrupted'));
    if (abortsRequests) signal.addEventListener('abort', end);
    const timer = setTimeout(() => {
      ending.abort(new Error(`no answer within ${timeoutMs / 1_000} s`));
    }, timeoutMs);
    const url = new URL(path, this.base);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: {
          ...(body && { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
          ...(key !== '' && { authorization: `Bearer ${key}` }),
        },
        ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
        signal: ending.signal,
      });
      text = await response.text();
    } catch (error) {
      return waitFor(error as Error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
    const { status, headers } = response;
    const answer: GatewayResponse = { url: url.href, status, body: parse(text), text, headers };
    const isGateway = isOfGateway(answer);
    const reason = messageOf(answer) ?? (firstWords(text) || `HTTP ${status}`);
    if (status === 401 && isGateway) throw new GatewayKeyError(`${this.base.origin} answers 401: ${reason}`);
    if (!TRY_AGAIN.has(status)) return answer;
    const seconds = Number(headers.get('retry-after'));
    return { reason, status, isGateway, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
  }
}

/** No result yet. */
interface Wait {
  readonly reason: string;
  readonly status?: number;
  /** Whether a gateway says so. */
  readonly isGateway: boolean;
  /** Of an error, such as ECONNREFUSED. */
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** A host with several addresses fails with several errors, and an empty message. */
function waitFor({ message, cause }: Error): Wait {
  const error = cause instanceof AggregateError ? (cause.errors as unknown[])[0] : cause;
  if (!(error instanceof Error)) return { reason: message, isGateway: false };
  const { code } = error as { code?: unknown };
  return { reason: error.message || message, isGateway: false, ...(typeof code === 'string' && { code }) };
}

/** The fields of a response that matter here. */
interface Body {
  readonly detail?: string;
  readonly errors?: readonly { readonly index?: number; readonly message: string }[];
  /** Such as "0,2,4-9"; set when `errors` does not contain every refused reading. */
  readonly refusedIndexes?: string;
}

/** Whether an answer that is an error has the form of a gateway's errors: JSON with a code and a message, or a detail. */
export function isOfGateway({ body }: GatewayResponse): boolean {
  const { code, message, detail } = (body ?? {}) as Readonly<Record<string, unknown>>;
  return typeof code === 'string' && (typeof message === 'string' || typeof detail === 'string');
}

/** @returns what an error of a gateway says */
export function messageOf(response: GatewayResponse): string | undefined {
  if (!isOfGateway(response)) return undefined;
  const { message, detail } = response.body as { message?: string; detail?: string };
  return detail ?? message;
}

const MAX_WORDS_LENGTH = 80;
const MAX_SEARCHED_LENGTH = 4_000;

/** @returns the beginning of a text, or of what a web page shows, in one line; empty when it shows nothing */
export function firstWords(text: string): string {
  const words = text
    .slice(0, MAX_SEARCHED_LENGTH)
    .replaceAll(/<(script|style)\b.*?<\/\1>/gis, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return words.length > MAX_WORDS_LENGTH ? `${words.slice(0, MAX_WORDS_LENGTH)}…` : words;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A reading with several wrong fields is still one refusal. */
function toRefusals(errors: NonNullable<Body['errors']>, refusedIndexes = ''): Refusal[] {
  const reasons = new Map<number, string[]>();
  for (const { index = 0, message } of errors) reasons.set(index, [...(reasons.get(index) ?? []), message]);
  for (const index of indexesOf(refusedIndexes))
    if (!reasons.has(index)) reasons.set(index, [REASON_OMITTED]);
  return [...reasons].map(([index, messages]) => ({ index, reason: messages.join('; ') }));
}

const REASON_OMITTED = 'refused like others of its batch; the gateway gives reasons for the first 100 only';

/** @param text such as "0,2,4-9" */
function* indexesOf(text: string): Generator<number> {
  for (const range of text.split(',')) {
    const [from = NaN, to = from] = range === '' ? [] : range.split('-').map(Number);
    for (let index = from; index <= to; index += 1) yield index;
  }
}
