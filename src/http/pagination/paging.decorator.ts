import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, type ApiResponseOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import type { Type } from '@nestjs/common';

import { mustBe } from '../../common/validation/must-be.js';
import { PageInterceptor } from './page.interceptor.js';

/**
 * The query parameter that limits the length of a page.
 * @param byDefault undefined when the property has no default
 */
export function Limit(max: number, byDefault?: number): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ),
    ...(byDefault === undefined ? [ValidateIf((_, value) => value !== undefined)] : []),
    ValidateBy({
      name: 'limit',
      validator: {
        validate: (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max,
        defaultMessage: mustBe(`a whole number from 1 to ${max}`),
      },
    }),
    ApiProperty({
      type: 'integer',
      required: false,
      minimum: 1,
      maximum: max,
      ...(byDefault !== undefined && { default: byDefault }),
      description: 'The most items in one page',
    }),
  );
}

/** The query parameter for the end of the previous page. */
export function Cursor(isCursor: (cursor: string) => boolean): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'cursor',
      validator: {
        validate: (value) => typeof value === 'string' && isCursor(value),
        defaultMessage: mustBe('a cursor from a Link header of this collection'),
      },
    }),
    ApiProperty({
      type: String,
      required: false,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'The end of the previous page, from its Link header',
    }),
  );
}

/** Sends a response that is a Page, and documents it. */
export function ApiPage(type: Type, more: ApiResponseOptions['headers'] = {}): MethodDecorator {
  return applyDecorators(
    UseInterceptors(PageInterceptor),
    ApiOkResponse({
      type: [type],
      headers: {
        Link: {
          description: 'If there is more: the URL of the next page, rel="next"',
          schema: { type: 'string' },
        },
        ...more,
      },
    }),
  );
}
