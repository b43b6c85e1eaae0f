import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ErrorDto } from '../common/errors/error.dto.js';
import { PRECISIONS } from '../model/precision.js';
import { BatchResultDto } from './batch-result.dto.js';
import { IngestedDto } from './ingested.dto.js';
import { ReadingDto } from './reading.dto.js';
import { ACCEPT_ERRORS } from './accept-errors.js';

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]([ -~]*[!-~])?$' },
  description:
    '1 to 255 printable ASCII characters. The gateway carries out a request once; the same request with the same key within 24 hours gets the first answer',
};

const PRECISION = {
  name: 'precision',
  enum: PRECISIONS,
  required: false,
  description:
    'The unit of timestamps that are numbers; ms by default. With ns they must be strings of digits, because a JSON number cannot hold them exactly. RFC 3339 times are accepted with every unit',
};

/** Documents POST /api/ingest. */
export function ApiIngest(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'ingestReading',
      summary: 'Accepts one reading; answers once it is on disk',
    }),
    ApiHeader(IDEMPOTENCY_KEY),
    ApiQuery(PRECISION),
    ApiConsumes('application/json', 'text/plain'),
    ApiBody({
      type: ReadingDto,
      description: 'JSON. Devices may send it as text/plain, or without a Content-Type',
    }),
    ApiCreatedResponse({ type: IngestedDto }),
    ApiErrors(
      'INVALID_READING',
      'INVALID_PARAMETER',
      'INVALID_JSON',
      'INVALID_ENCODING',
      'TIMESTAMP_IN_FUTURE',
      'TIMESTAMP_TOO_OLD',
      'SENSOR_NOT_ALLOWED',
      'BODY_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'TOO_MANY_SENSORS',
      'DEAD_LETTERS_FULL',
      ...ACCEPT_ERRORS,
    ),
  );
}

/** Documents POST /api/ingest/batch. Must be above @Auth, because it replaces its 403. */
export function ApiIngestBatch(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'ingestBatch',
      summary: 'Accepts the good records of a batch, in one commit, and names each bad one',
    }),
    ApiHeader(IDEMPOTENCY_KEY),
    ApiQuery(PRECISION),
    ApiConsumes('application/json', 'application/x-ndjson', 'text/plain'),
    ApiBody({
      description:
        'A JSON array, or NDJSON with one reading on each line. Devices may send both as text/plain, or without a Content-Type',
      schema: { type: 'array', minItems: 1, items: { $ref: getSchemaPath(ReadingDto) } },
    }),
    ApiOkResponse({ type: BatchResultDto }),
    ApiErrors(
      'INVALID_READING',
      'INVALID_BATCH',
      'SENSOR_NOT_ALLOWED',
      'INVALID_PARAMETER',
      'INVALID_JSON',
      'INVALID_ENCODING',
      'BODY_TOO_LARGE',
      'BATCH_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      ...ACCEPT_ERRORS,
    ),
    // These two replace the responses of ApiErrors with the same status.
    ApiResponse({
      status: 400,
      description:
        'INVALID_READING with the result, when no record is accepted; INVALID_BATCH, INVALID_PARAMETER, INVALID_JSON, INVALID_ENCODING',
      schema: RESULT_OR_ERROR,
    }),
    ApiResponse({
      status: 403,
      description:
        'SENSOR_NOT_ALLOWED with the result, when the key may send none of the records; ROLE_NOT_ALLOWED, LOCAL_ONLY',
      schema: RESULT_OR_ERROR,
    }),
  );
}

const RESULT_OR_ERROR = { oneOf: [BatchResultDto, ErrorDto].map((dto) => ({ $ref: getSchemaPath(dto) })) };
