import createClient from 'openapi-fetch';

import type { components, paths } from '../../schema.js';
import { syncClock } from '../common/clock.js';
import { keyHeaders } from './key.js';
import { requestSignIn } from './sign-in-state.js';

export type Schemas = components['schemas'];
export type SystemEvent = Schemas['LogEntryDto'];
export type Latest = Schemas['LatestDto'];
export type Sensor = Schemas['SensorDto'];
export type Bucket = Schemas['BucketDto'];
export type StoredReading = Schemas['StoredReadingDto'];
export type PipelineStatus = Schemas['PipelineStatusDto'];
export type DeadLetter = Schemas['DeadLetterDto'];
export type Key = Schemas['KeyDto'];
export type CreatedKey = Schemas['MadeKeyDto'];
/** A rule as the gateway keeps it. */
export type Rule = NewRule & { readonly id: string; readonly name: string; readonly since: string };
export type NewRule = Schemas['RuleDto'];
export type EventType = SystemEvent['type'];

/** The gateway below whose address the page lies. */
export const GATEWAY_URL = new URL('.', location.href.replace(/#.*/s, '')).href.replace(/\/$/, '');

/** An answer of the gateway other than success, or none at all. */
export class RequestError extends Error {
  constructor(
    /** What happened, for a person. */
    message: string,
    readonly status: number,
    /** As docs/errors.md lists it; '' when there was no answer. */
    readonly code: string,
    /** What is wrong, by field. */
    readonly errors: readonly { readonly path: string; readonly message: string }[] = [],
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

const client = createClient<paths>({
  baseUrl: GATEWAY_URL,
  fetch: ask,
  querySerializer: { array: { style: 'form', explode: false } },
});

/** Whether asking again is in vain: the key is none, or may not, or too many wrong ones came from here. */
export function isAccessError(error: unknown): boolean {
  return error instanceof RequestError && [401, 403, 429].includes(error.status);
}

/** Typed requests to every route; what they throw is a RequestError. */
export const api = client;

/** Signs a request, and keeps the gateway's time. @throws RequestError */
export async function ask(request: Request | string, init: RequestInit = {}): Promise<Response> {
  const signed = new Request(request, init);
  // One that bears a key already, as the sign-in's does, tries that one.
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

/** What a request gave. @throws RequestError */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  // What is not a success was thrown by ask().
  return data as T;
}

async function errorFrom(response: Response): Promise<RequestError> {
  const body = (await response.json().catch(() => ({}))) as Partial<Schemas['ErrorDto']>;
  const { code = '', errors = [] } = body;
  const detail = body.detail ?? `The gateway answered ${response.status} ${response.statusText}`;
  if (response.status === 401 || code === 'TOO_MANY_WRONG_KEYS') requestSignIn(detail);
  return new RequestError(detail, response.status, code, errors);
}
