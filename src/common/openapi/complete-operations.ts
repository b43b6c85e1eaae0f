import { STATUS_CODES } from 'node:http';

import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';

import { ERRORS, type ErrorCode } from '../errors/error-codes.js';
import { INFLUX1_ROUTES, INFLUX2_ROUTES } from '../errors/error-answer.js';
import { ErrorDto, Influx1ErrorDto, InfluxErrorDto } from '../errors/error.dto.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;
type Headers = NonNullable<Response['headers']>;

/** Errors of any request, before its route runs. */
const ANY: readonly ErrorCode[] = ['MALFORMED_REQUEST', 'REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE'];
/** The error while the gateway starts; probes have responses of their own. */
const STARTING: readonly ErrorCode[] = ['STARTING'];
/** Errors of any body, also one that the route does not use. */
const BODY: readonly ErrorCode[] = [
  'INVALID_JSON',
  'INVALID_ENCODING',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'TOO_BUSY',
];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const header = (description: string): Headers => ({ description, schema: { type: 'string' } }) as Headers;
const LIMITS: Headers = {
  RateLimit: header('If a limit is set: what is left of it'),
  'RateLimit-Policy': header('If a limit is set: the quota, and its window in seconds'),
};
const RETRY: Headers = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
};
const CHALLENGE: Headers = { 'WWW-Authenticate': header('How to send a key') };

const INFLUX1_HEADERS: Headers = {
  'X-Influxdb-Error': header('The beginning of the message, in one line of ASCII'),
};

/** Adds to each operation what all of them have in common, so that no route needs to declare it. */
export function completeOperations({ paths }: OpenAPIObject): void {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) complete(operation, path, method);
    }
  }
}

function complete(operation: Operation, path: string, method: (typeof METHODS)[number]): void {
  const ofStart = path.startsWith('/api/health') ? [] : STARTING;
  for (const code of [...ANY, ...ofStart, ...(method === 'get' ? [] : BODY)]) addError(operation, code);
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response) continue;
    response.description ||= STATUS_CODES[status] ?? '';
    if (status === '401') response.headers = { ...CHALLENGE, ...response.headers };
    if (status === '503') response.headers = { ...RETRY, ...response.headers };
    if (operation.security && (status < '300' || status === '429'))
      response.headers = { ...response.headers, ...LIMITS };
    if (path.startsWith(INFLUX2_ROUTES) && status >= '400') response.content = contentOf(InfluxErrorDto);
    if (INFLUX1_ROUTES.includes(path) && status >= '400') {
      response.content = contentOf(Influx1ErrorDto);
      response.headers = { ...response.headers, ...INFLUX1_HEADERS };
    }
  }
  if (INFLUX1_ROUTES.includes(path)) mergeInto400(operation);
}

/** InfluxDB 1 has no 422; see errorAnswer(). */
function mergeInto400({ responses }: Operation): void {
  const [refused, invalid] = [responses['422'], responses['400']];
  if (refused && invalid && !('$ref' in refused) && !('$ref' in invalid))
    invalid.description = `${invalid.description}, ${refused.description}`;
  Reflect.deleteProperty(responses, '422');
}

function addError({ responses }: Operation, code: ErrorCode): void {
  const { status } = ERRORS[code];
  const known = responses[status];
  if (known && '$ref' in known) return;
  const codes = known?.description ? known.description.split(', ') : [];
  if (codes.includes(code)) return;
  responses[status] = {
    content: contentOf(ErrorDto),
    ...known,
    description: [...codes, code].join(', '),
  };
}

function contentOf(
  dto: typeof ErrorDto | typeof InfluxErrorDto | typeof Influx1ErrorDto,
): NonNullable<Response['content']> {
  return { 'application/json': { schema: { $ref: getSchemaPath(dto) } } };
}
