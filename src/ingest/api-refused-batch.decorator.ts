import { applyDecorators } from '@nestjs/common';
import { ApiResponse, getSchemaPath } from '@nestjs/swagger';

import { ErrorDto } from '../common/errors/error.dto.js';
import { BatchResultDto } from './batch-result.dto.js';

const RESULT_OR_ERROR = { oneOf: [BatchResultDto, ErrorDto].map((dto) => ({ $ref: getSchemaPath(dto) })) };

/** Documents the answers to a batch of which nothing is accepted: its result where it is a batch, else an error. */
export function ApiRefusedBatch(): MethodDecorator {
  return applyDecorators(
    ApiResponse({
      status: 400,
      description:
        'INVALID_READING with the result, when no record is accepted; INVALID_BATCH, INVALID_PARAMETER, INVALID_JSON, INVALID_ENCODING',
      schema: RESULT_OR_ERROR,
    }),
    ApiResponse({
      status: 403,
      description:
        'SENSOR_NOT_ALLOWED with the result, when the key is for no record; ROLE_NOT_ALLOWED, LOCAL_ONLY',
      schema: RESULT_OR_ERROR,
    }),
  );
}
