import type { FastifyRequest } from 'fastify';

import { formatValue } from '../../common/errors/format-value.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { isForeignPage } from '../../http/server/web-page-origin.js';

/** `device json` is JSON without a Content-Type of its own: in a batch it may be NDJSON, too. */
export type BodyFormat = 'json' | 'ndjson' | 'device json' | 'line protocol' | 'form';

export const BATCH_ROUTE = '/api/ingest/batch';
/** Routes of InfluxDB's clients, which send line protocol, or InfluxQL in a form, under any Content-Type, or none. */
const INFLUX_FORMATS: Readonly<Record<string, BodyFormat | undefined>> = {
  '/api/v2/write': 'line protocol',
  '/write': 'line protocol',
  '/query': 'form',
};
/** Routes whose senders may not be able to set a Content-Type. */
const DEVICE_ROUTES: readonly string[] = ['/api/ingest', BATCH_ROUTE];

/** What each Content-Type means; `*` is any other, and none. */
export const MEDIA_TYPES: Readonly<Record<string, BodyFormat | undefined>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  // urequests of MicroPython sends no type, Node-RED and fetch() send text/plain with a text.
  'text/plain': 'device json',
  '*': undefined,
};

/**
 * @param meant what the Content-Type means
 * @param corsOrigins web pages that may call the gateway
 * @returns how the route reads the body
 * @throws GatewayError or Fastify's error, UNSUPPORTED_MEDIA_TYPE, when the route does not take it
 */
export function bodyFormatOf(
  request: FastifyRequest,
  route: string,
  meant: BodyFormat | undefined,
  corsOrigins: readonly string[],
): BodyFormat {
  const influxFormat = INFLUX_FORMATS[route];
  if (influxFormat) return influxFormat;
  if (meant === 'json' || (meant === 'ndjson' && route === BATCH_ROUTE)) return meant;
  const isDeviceJson = meant === 'device json' || request.headers['content-type'] === undefined;
  if (!isDeviceJson || !DEVICE_ROUTES.includes(route)) throw mediaTypeError();
  if (isForeignPage(request, corsOrigins)) throw needsPreflight(request);
  return 'device json';
}

/** A valid Content-Type begins like this (RFC 9110, 8.3.1). Fastify answers 415 to any other before it asks a parser. */
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;

/** Forgets an empty or malformed Content-Type where InfluxDB's clients write: InfluxDB does not look at it. */
export function forgetMalformedType({ raw: { headers } }: FastifyRequest, route: string | undefined): void {
  const type = headers['content-type'];
  if (type === undefined || !INFLUX_FORMATS[route ?? '']) return;
  if (!MEDIA_TYPE.test(type)) delete headers['content-type'];
}

function mediaTypeError(): Error {
  return Object.assign(new Error('Unsupported Media Type'), {
    statusCode: 415,
    code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE',
  });
}

/** Browsers ask before they send application/json to another origin, and send text/plain or no type without asking. */
function needsPreflight({ headers }: FastifyRequest): GatewayError {
  const type = formatValue(headers['content-type']);
  const page = formatValue(headers.origin ?? headers['sec-fetch-site']);
  return new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Content-Type must be application/json from a web page of another origin, got ${type}; the page ${page} is neither the gateway's own nor listed in CORS_ORIGINS`,
  );
}
