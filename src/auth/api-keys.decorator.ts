import { applyDecorators } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { KeyDto, MadeKeyDto } from './key.dto.js';

const BODY_ERRORS = ['INVALID_KEY', 'INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;

export function ApiListKeys(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listKeys',
      summary: 'All keys that were ever made, the oldest first, without the configured one',
    }),
    ApiOkResponse({ type: [KeyDto] }),
  );
}

export function ApiCreateKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'createKey',
      summary: 'Makes a key and shows its secret this once. After the first key, every request needs one',
    }),
    ApiCreatedResponse({ type: MadeKeyDto }),
    ApiErrors(...BODY_ERRORS, 'TOO_MANY_KEYS', 'KEYS_UNAVAILABLE'),
  );
}

export function ApiRotateKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'rotateKey',
      summary: 'Gives a key a new secret, shown only once; the old one stays valid for graceSeconds',
    }),
    ApiOkResponse({ type: MadeKeyDto }),
    ApiErrors(...BODY_ERRORS, 'INVALID_PARAMETER', 'KEY_NOT_FOUND', 'KEY_REVOKED', 'KEYS_UNAVAILABLE'),
  );
}

export function ApiRevokeKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'revokeKey',
      summary: 'Revokes a key: it becomes invalid at once, and its streams end',
    }),
    ApiNoContentResponse(),
    ApiErrors('INVALID_PARAMETER', 'KEY_NOT_FOUND', 'KEYS_UNAVAILABLE'),
  );
}
