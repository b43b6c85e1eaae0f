import createClient from 'openapi-fetch';

import type { paths } from '../../schema.js';
import { syncClock } from '../common/clock.js';
import { keyHeaders } from './key.js';
import type { Schemas } from './schemas.js';
import { requestSignIn } from './sign-in-state.js';

/** The base URL of the gateway: the URL of this page. */
export const GATEWAY_URL = new URL('.', location.href.replace(/#.*/s, '')).href.replace(/\/$/, '');

/** The gateway answered with an error, or could not be reached. */
export class RequestError extends Error {
  constructor(
    /** What went wrong, for people. */
    message: string,
    readonly status: number,
    /** One of docs/errors.md; '' when there was no answer. */
    readonly code: string,
    /** The problems, by field. */
    readonly errors: readonly { readonly path: string; readonly message: string }[] = [],
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** Typed requests to every route. They throw RequestError. */
export const api = createClient<paths>({
  baseUrl: GATEWAY_URL,
  fetch: request,
  querySerializer: { array: { style: 'form', explode: false } },
});

/** Whether a retry is useless: the key is unknown or has no right to do this, or too many wrong keys were sent. */
export function isAccessError(error: unknown): boolean {
  return error instanceof RequestError && [401, 403, 429].includes(error.status);
}

/** Sends a request with the current key. @throws RequestError */
export async function request(input: Request | string, init: RequestInit = {}): Promise<Response> {
  const signed = new Request(input, init);
  // The sign-in dialog sets the key that it tries.
  if (!signed.headers.has('Authorization'))
    for (const [name, value] of Object.entries(keyHeaders())) signed.headers.set(name, value);
  let response: Response;
  try {
    response = await fetch(signed);
  } catch (error) {
    if (signed.signal.aborted) throw error;
    throw new RequestError('The gateway cannot be reached', 0, '');
  }
  syncClock(response.headers.get('Date'));
  if (response.ok) return response;
  throw await errorFrom(response);
}

/** The data of a response. @throws RequestError */
export async function dataOf<T>(response: Promise<{ data?: T }>): Promise<T> {
  const { data } = await response;
  // request() has thrown for every other response.
  return data as T;
}

async function errorFrom(response: Response): Promise<RequestError> {
  const body = (await response.json().catch(() => ({}))) as Partial<Schemas['ErrorDto']>;
  const { code = '', errors = [] } = body;
  const detail = body.detail ?? `The gateway answered ${response.status} ${response.statusText}`;
  if (response.status === 401 || code === 'TOO_MANY_WRONG_KEYS') requestSignIn(detail);
  return new RequestError(detail, response.status, code, errors);
}
