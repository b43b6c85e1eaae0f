import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { fromCursor, toCursor } from '../paging/cursor.js';
import { Cursor, Limit } from '../paging/paging.decorator.js';
import type { ReadingPosition } from '../reading/reading.js';
import { parseTimestampText, TIMESTAMP_RULE } from '../reading/timestamp.js';
import { mustBe } from '../validation/must-be.js';

/** Which of a sensor's readings are asked for: times in [from, to). */
export class ReadingsQueryDto {
  @RangeEnd('The first time that belongs to the range; by default 24 hours before to')
  from?: string;

  @RangeEnd('The first time after the range; by default now')
  to?: string;

  @Limit(10_000, 1_000)
  limit = 1_000;

  @Cursor((cursor) => toPosition(cursor) !== undefined)
  cursor?: string;
}

/** Where a page that ended with this reading goes on. */
export function readingCursor({ timestampUs, zone }: ReadingPosition): string {
  return toCursor([timestampUs, zone]);
}

/** @returns undefined when the text is not from readingCursor() */
export function toPosition(cursor: string): ReadingPosition | undefined {
  const [timestampUs, zone] = fromCursor(cursor, 2) ?? [];
  return Number.isSafeInteger(timestampUs) && typeof zone === 'string'
    ? { timestampUs: timestampUs as number, zone }
    : undefined;
}

function RangeEnd(description: string): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'rangeEnd',
      validator: {
        validate: (value) => parseTimestampText(value) !== undefined,
        defaultMessage: mustBe(TIMESTAMP_RULE),
      },
    }),
    ApiProperty({ type: String, required: false, description: `${description}. ${TIMESTAMP_RULE}` }),
  );
}
