import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { FastifyReply, FastifyRequest } from 'fastify';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags; later versions may have more. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/;

const ID_DIGITS = 32;
/** Random digits are generated for many ids at once: one call for each id would cost many times as much. */
const IDS_AT_ONCE = 256;
let digits = '';
let used = 0;

/**
 * The id of a request in the log and in its response: the trace id of its `traceparent`, so that every program that handles
 * the request uses the same id; else a new id of the same form. An invalid header is ignored.
 */
export function requestIdOf({ headers: { traceparent } }: Pick<IncomingMessage, 'headers'>): string {
  if (typeof traceparent !== 'string') return newRequestId();
  const [, version, traceId, more] = TRACEPARENT.exec(traceparent) ?? [];
  return traceId === undefined || (version === '00' && more !== undefined) ? newRequestId() : traceId;
}

/** Sends the client the id of its request. */
export function sendRequestId({ id }: FastifyRequest, reply: FastifyReply): undefined {
  void reply.header(REQUEST_ID_HEADER, id);
}

/** A new id: 32 random hexadecimal digits. */
export function newRequestId(): string {
  if (used === digits.length) {
    digits = randomBytes((IDS_AT_ONCE * ID_DIGITS) / 2).toString('hex');
    used = 0;
  }
  used += ID_DIGITS;
  return digits.slice(used - ID_DIGITS, used);
}
