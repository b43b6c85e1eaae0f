import type { FastifyRequest } from 'fastify';

import { formatValue } from './format-value.js';

const JSON_TYPE = 'application/json';
/** What the routes take that take more than JSON under its own type. */
const BY_ROUTE: Readonly<Record<string, string>> = {
  '/api/ingest': `${JSON_TYPE} or text/plain, or be left out`,
  '/api/ingest/batch': `${JSON_TYPE}, application/x-ndjson or text/plain, or be left out`,
};
const CURL_HINT = ". curl sends this type with -d; add -H 'Content-Type: application/json'";

/** Says which Content-Type the route takes, and which one was sent. */
export function explainMediaType(request: FastifyRequest | undefined): string {
  const allowed = BY_ROUTE[request?.routeOptions.url ?? ''] ?? JSON_TYPE;
  const type = request?.headers['content-type'];
  const isForm = type?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
  return `Content-Type must be ${allowed}, got ${formatValue(type)}${isForm ? CURL_HINT : ''}`;
}
