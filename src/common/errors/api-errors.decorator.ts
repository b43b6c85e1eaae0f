import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

import { ERRORS, type ErrorCode } from './error-codes.js';
import { ErrorDto } from './error.dto.js';

/** The error codes that the decorators of a route have added so far. */
const documented = new WeakMap<object, ErrorCode[]>();

/** Documents the errors of a route, one response for each status. */
export function ApiErrors(...codes: readonly ErrorCode[]): MethodDecorator {
  return (prototype, name, descriptor: PropertyDescriptor) => {
    const route = descriptor.value as object;
    const all = [...(documented.get(route) ?? []), ...codes];
    documented.set(route, all);
    applyDecorators(...Array.from(groupByStatus(all), toResponse))(prototype, name, descriptor);
  };
}

function toResponse([status, codes]: readonly [number, readonly ErrorCode[]]): MethodDecorator {
  const hasRetryAfter = status === 503 || status === 429;
  return ApiResponse({
    status,
    type: ErrorDto,
    description: codes.join(', '),
    ...(hasRetryAfter && {
      headers: {
        'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
      },
    }),
  });
}

function groupByStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const groups = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}
