import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../../common/errors/gateway-error.js';
import { answerStatement } from './answer-statement.js';
import { invalid, splitStatements } from './split-statements.js';

/** Longer names are cut. */
const MAX_NAME_LENGTH = 255;
/** Room for the longest query with most of its characters percent-encoded. */
const MAX_FORM_LENGTH = 65_536;

/**
 * Answers InfluxQL in the shape of InfluxDB 1. The parameters may be in the URL or in the form of a POST; `chunked` and
 * `epoch` change nothing here, because each answer is one chunk without times.
 * @returns JSON with a line feed at its end
 * @throws GatewayError INVALID_PARAMETER when `q` is missing or is not InfluxQL
 */
export function answerQuery(request: FastifyRequest): string {
  const parameter = readParameters(request);
  const db = parameter('db')?.slice(0, MAX_NAME_LENGTH);
  const results = splitStatements(requireQuery(parameter('q'))).map((statement, index) => ({
    statement_id: index,
    ...answerStatement(statement, db),
  }));
  const indent = parameter('pretty') === 'true' ? 4 : undefined;
  return `${JSON.stringify({ results }, undefined, indent)}\n`;
}

/** Of a parameter that is in both places, the one in the URL counts. */
function readParameters({ raw, method, headers, body }: FastifyRequest): (name: string) => string | null {
  const url = raw.url ?? '';
  const start = url.indexOf('?');
  const inUrl = new URLSearchParams(start < 0 ? '' : url.slice(start));
  const isForm =
    headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
  if (method !== 'POST' || !isForm || typeof body !== 'string') return (name) => inUrl.get(name);
  if (body.length > MAX_FORM_LENGTH)
    throw invalid(`the form must be at most ${MAX_FORM_LENGTH} characters long, got ${body.length}`);
  const inForm = new URLSearchParams(body);
  return (name) => inUrl.get(name) ?? inForm.get(name);
}

function requireQuery(query: string | null): string {
  if (query !== null && query.trim() !== '') return query;
  const message = 'missing required parameter "q": a statement such as SHOW DATABASES';
  throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'q', message }] });
}
