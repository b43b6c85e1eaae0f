import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';

import { fromCursor, toCursor } from '../http/pagination/cursor.js';
import { Cursor, Limit } from '../http/pagination/paging.decorator.js';
import { IdentifierList } from '../model/identifier-list.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';
import type { ReadingPosition } from '../model/reading.js';
import { RangeEnd } from '../model/time-range.js';
import { mustBe } from '../common/validation/must-be.js';
import {
  BUCKET_SIZE_PATTERN,
  BUCKET_SIZE_RULE,
  isBucketSize,
  isTimeZone,
  MAX_BUCKETS,
  TIME_ZONE_PATTERN,
  TIME_ZONE_RULE,
} from './bucket-size.js';

/** The most readings in one JSON answer for one sensor. */
export const MAX_LIMIT = 10_000;

/** A range, times in [from, to), and the buckets to divide it into. */
export class BucketQueryDto {
  @RangeEnd('The beginning of the range, included; by default 24 hours before to')
  from?: string;

  @RangeEnd('The end of the range, not included; by default now')
  to?: string;

  @Optional(isBucketSize, BUCKET_SIZE_RULE)
  @ApiProperty({
    type: String,
    pattern: BUCKET_SIZE_PATTERN,
    required: false,
    description: `Returns buckets of this length: ${BUCKET_SIZE_RULE}. They begin at whole multiples of it since 1970-01-01T00:00:00Z, weeks on Mondays, months and years on their first day; at most ${MAX_BUCKETS} may span the range`,
    example: '5m',
  })
  every?: string;

  @Optional(isTimeZone, TIME_ZONE_RULE)
  @ApiProperty({
    type: String,
    pattern: TIME_ZONE_PATTERN,
    required: false,
    description: `The time zone whose days, weeks, months or years the buckets are, with every 1d, 1w, 1mo or 1y; by default UTC: ${TIME_ZONE_RULE}`,
    example: 'Europe/Berlin',
  })
  tz?: string;

  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  )
  @Optional(
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_BUCKETS,
    `a whole number from 1 to ${MAX_BUCKETS}`,
  )
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_BUCKETS,
    description:
      'Returns buckets of the smallest round length, so that the range has at most this many buckets',
  })
  points?: number;
}

/** The readings to return, raw or in buckets. */
export class RangeQueryDto extends BucketQueryDto {
  @Optional(
    (value) => value === 'asc' || value === 'desc',
    '"asc" for the oldest first, or "desc" for the newest first',
  )
  @ApiProperty({
    enum: ['asc', 'desc'],
    required: false,
    default: 'asc',
    description: 'The order by time: asc gives the oldest first, desc the newest',
  })
  order?: 'asc' | 'desc';

  @Limit(MAX_LIMIT)
  limit?: number;
}

/** The readings of one sensor to return. */
export class HistoryQueryDto extends RangeQueryDto {
  @Cursor((cursor) => toPosition(cursor) !== undefined)
  cursor?: string;
}

/** The readings of several sensors to return. */
export class SeveralQueryDto extends RangeQueryDto {
  @IdentifierList(
    'The sensors; all of them without it, which is possible for text/csv and application/x-ndjson',
    {
      optional: true,
    },
  )
  sensorId?: string[];

  @OptionalIdentifier('Only readings of this zone; not with buckets, which are of all zones', 'zone_A')
  zone?: string;
}

/** The cursor of the page after this reading. */
export function readingCursor({ timestampUs, zone }: ReadingPosition): string {
  return toCursor([timestampUs, zone]);
}

/** The inverse of readingCursor(). @returns undefined for any other text */
export function toPosition(cursor: string): ReadingPosition | undefined {
  const [timestampUs, zone] = fromCursor(cursor, 2) ?? [];
  return Number.isSafeInteger(timestampUs) && typeof zone === 'string'
    ? { timestampUs: timestampUs as number, zone }
    : undefined;
}

function Optional(isRight: (value: unknown) => boolean, rule: string): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'optional',
      validator: { validate: isRight, defaultMessage: mustBe(rule) },
    }),
  );
}
