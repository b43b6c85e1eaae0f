import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

import { ERRORS, type ErrorCode } from './error-codes.js';
import { ErrorDto } from './error.dto.js';

/** Documents the errors a route answers with, one response a status. */
export function ApiErrors(...codes: readonly ErrorCode[]): MethodDecorator {
  const byStatus = groupByStatus(codes);
  return applyDecorators(
    ...Array.from(byStatus, ([status, sameStatus]) =>
      ApiResponse({
        status,
        type: ErrorDto,
        description: sameStatus.join(', '),
        ...(status === 503 && {
          headers: {
            'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
          },
        }),
      }),
    ),
  );
}

function groupByStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const groups = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}
