import { cutText, MAX_MESSAGE_BYTES } from './answer-bounds.js';
import type { GatewayError } from './gateway-error.js';

/** Routes for clients of InfluxDB 2, which expect its shape of errors. */
export const INFLUX2_ROUTES = '/api/v2/';
/** Routes for clients of InfluxDB 1, which expect its shape of errors and send their key as a password, too. */
export const INFLUX1_ROUTES: readonly string[] = ['/write', '/query'];

/** Clients show this header beside the body, which has the whole message. */
const MAX_HEADER_LENGTH = 1_000;

interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/**
 * The response for an error, in the shape that clients of the path expect.
 * @param url of the request, with or without its query
 */
export function errorAnswer(error: GatewayError, url = ''): ErrorAnswer {
  const { status, headers } = error;
  if (url.startsWith(INFLUX2_ROUTES)) return influx2Answer(error);
  const [path = ''] = url.split('?', 1);
  return INFLUX1_ROUTES.includes(path) ? influx1Answer(error) : { status, headers, body: error.body() };
}

function influx2Answer(error: GatewayError): ErrorAnswer {
  const { status, headers, influxCode } = error;
  return {
    status,
    headers: { ...headers, 'X-Platform-Error-Code': influxCode },
    body: error.influxBody(),
  };
}

/**
 * An error as InfluxDB 1 answers it. It has no 422: its answer to a partial write is a 400. Home Assistant drops what is answered 400 and sends anything else again; Telegraf's outputs.influxdb
 * looks for "partial write" and the like in `error`.
 */
function influx1Answer({ status, headers, detail }: GatewayError): ErrorAnswer {
  const message = cutText(detail, MAX_MESSAGE_BYTES);
  return {
    status: status === 422 ? 400 : status,
    headers: { ...headers, 'X-Influxdb-Error': toHeader(message) },
    body: { error: message },
  };
}

/** A header is one line; characters beyond ASCII, which programs decode differently, become a question mark. */
function toHeader(text: string): string {
  return text
    .slice(0, MAX_HEADER_LENGTH)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[^ -~]/gu, '?')
    .trim();
}
