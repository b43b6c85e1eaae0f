import { setTimeout as sleep } from 'node:timers/promises';

/** Why the gateway refused one reading. */
export interface Refusal {
  /** Its place among those that were sent. */
  readonly index: number;
  readonly reason: string;
}

/** The gateway cannot be used as it is asked to be. */
export class GatewayClientError extends Error {}

/** It wants a key, or another one. */
export class GatewayKeyError extends GatewayClientError {}

/** It takes no batches of this size. */
export class BatchTooLargeError extends GatewayClientError {}

/** What the gateway answered; the body is undefined when it is no JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks the gateway for something, and again until it answers. */
export type Ask = (method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>;

/** Called before each wait with what is waited for, and the answer's status; undefined when there was no answer. */
export type Waiting = (reason: string, status?: number) => void;

export interface GatewayClientOptions {
  readonly key?: string | undefined;
  /** So long without any answer but "try again", and it gives up. */
  readonly giveUpMs?: number;
  /** The longest wait between two tries. */
  readonly maxWaitMs?: number;
  /** Whether a signal ends a request that is under way, too. */
  readonly isHasty?: boolean;
}

const REQUEST_TIMEOUT_MS = 30_000;
const GIVE_UP_MS = 120_000;
const MAX_WAIT_MS = 10_000;

/** What a gateway, or the proxy before one that restarts, answers when it is worth trying again. */
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Talks to a running gateway, and tries again for as long as it says so or does not answer. */
export class GatewayClient {
  private readonly base: URL;

  /** @throws GatewayClientError when the address is none, or the key cannot be one */
  constructor(
    url: string,
    private readonly options: GatewayClientOptions = {},
  ) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new GatewayClientError(`--url must be an address such as http://127.0.0.1:8000, got "${url}"`);
    this.base = new URL(url.endsWith('/') ? url : `${url}/`);
    // Neither value is repeated: they are secrets, even where they are wrong.
    if (this.base.username !== '' || this.base.password !== '')
      throw new GatewayClientError('--url must have no user and no password; a key goes into --key');
    if (!/^[\x21-\x7e]*$/.test(options.key ?? ''))
      throw new GatewayClientError('--key must be printable ASCII characters without spaces');
  }

  /** The gateway's page. */
  get page(): string {
    return this.base.href;
  }

  /**
   * Sends readings, in their order.
   * @param signal ends the waiting between two tries; a request under way is still answered, unless isHasty
   * @returns those that were refused; all others are accepted
   * @throws GatewayClientError when the gateway neither accepts nor refuses until giveUpMs
   */
  async send(readings: readonly object[], signal: AbortSignal, waiting: Waiting): Promise<Refusal[]> {
    const path = 'api/ingest/batch';
    const { status, body } = await this.ask('POST', path, readings, signal, waiting);
    const { errors, refusedIndexes, detail = `HTTP ${status}` } = (body ?? {}) as Body;
    // One where none was accepted has the status of the first refusal, such as 400, 403 or 422.
    const isVerdict = status === 200 || errors?.[0]?.index !== undefined;
    if (isVerdict && errors) return toRefusals(errors, refusedIndexes);
    if (status === 403) throw new GatewayClientError(`${this.base.origin} refuses: ${detail}`);
    if (status === 413)
      throw new BatchTooLargeError(`The gateway takes no batches of this size: ${detail}; see --batch-size`);
    const { href } = new URL(path, this.base);
    throw new GatewayClientError(`${href} answers ${status} (${detail}); is it a PredictionX gateway?`);
  }

  /**
   * Asks for anything, by a path without a slash before it.
   * @throws GatewayKeyError when the gateway wants a key, or another one
   * @throws GatewayClientError when it does not answer until giveUpMs
   */
  async ask(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    waiting: Waiting,
  ): Promise<Answer> {
    const { giveUpMs = GIVE_UP_MS, maxWaitMs = MAX_WAIT_MS } = this.options;
    const giveUpAt = Date.now() + giveUpMs;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(method, path, body, signal);
      if (!('reason' in outcome)) return outcome;
      signal.throwIfAborted();
      const { reason, status, retryAfterMs = 250 * 2 ** attempt } = outcome;
      if (Date.now() > giveUpAt)
        throw new GatewayClientError(`${this.base.origin} takes no readings: ${reason}`);
      waiting(reason, status);
      await sleep(Math.min(maxWaitMs, retryAfterMs), undefined, { signal });
    }
  }

  private async attempt(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<Answer | Wait> {
    const { key = '', isHasty = false } = this.options;
    // Not AbortSignal.any(): on Node 20 each one leaves something behind with a signal that lives long.
    const ending = new AbortController();
    const end = (): void => ending.abort(new Error('it was interrupted'));
    if (isHasty) signal.addEventListener('abort', end);
    const timer = setTimeout(() => {
      ending.abort(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1_000} s`));
    }, REQUEST_TIMEOUT_MS);
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, this.base), {
        method,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(key !== '' && { authorization: `Bearer ${key}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: ending.signal,
      });
      text = await response.text();
    } catch (error) {
      const { message, cause } = error as Error;
      return { reason: cause instanceof Error ? cause.message || message : message };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
    const { status } = response;
    const parsed = parse(text);
    const { detail = `HTTP ${status}` } = (parsed ?? {}) as Body;
    if (status === 401) throw new GatewayKeyError(`${this.base.origin} answers 401: ${detail}`);
    if (!TRY_AGAIN.has(status)) return { status, body: parsed };
    const seconds = Number(response.headers.get('retry-after'));
    return { reason: detail, status, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
  }
}

/** An answer that says nothing yet. */
interface Wait {
  readonly reason: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
}

/** What is looked at in an answer. */
interface Body {
  readonly detail?: string;
  readonly errors?: readonly { readonly index?: number; readonly message: string }[];
  /** Such as "0,2,4-9"; set where not every refused reading is among the errors. */
  readonly refusedIndexes?: string;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A reading may be wrong in several fields, and is one refusal all the same. */
function toRefusals(errors: NonNullable<Body['errors']>, refusedIndexes = ''): Refusal[] {
  const reasons = new Map<number, string[]>();
  for (const { index = 0, message } of errors) reasons.set(index, [...(reasons.get(index) ?? []), message]);
  for (const index of indexesOf(refusedIndexes)) if (!reasons.has(index)) reasons.set(index, [NOT_TOLD]);
  return [...reasons].map(([index, messages]) => ({ index, reason: messages.join('; ') }));
}

const NOT_TOLD = 'refused as others of its batch, of which the gateway names the first 100 only';

/** @param text such as "0,2,4-9" */
function* indexesOf(text: string): Generator<number> {
  for (const stretch of text.split(',')) {
    const [from = NaN, to = from] = stretch === '' ? [] : stretch.split('-').map(Number);
    for (let index = from; index <= to; index += 1) yield index;
  }
}
