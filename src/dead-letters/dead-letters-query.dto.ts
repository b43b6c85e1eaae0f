import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

import { fromCursor, toCursor } from '../http/pagination/cursor.js';
import { Cursor, Limit } from '../http/pagination/paging.decorator.js';
import { mustBe } from '../common/validation/must-be.js';
import type { DeadLetter } from '../model/dead-letter.js';

/** Selects a page of dead letters. */
export class DeadLettersQueryDto {
  @Limit(1_000, 100)
  limit = 100;

  @Cursor((cursor) => toDeadLetterId(cursor) !== undefined)
  cursor?: string;
}

/** The path parameter of routes about one dead letter. */
export class DeadLetterParamsDto {
  @Transform(({ value }: { value: unknown }) => (/^\d{1,15}$/.test(String(value)) ? Number(value) : value))
  @ValidateBy({
    name: 'id',
    validator: {
      validate: Number.isInteger,
      defaultMessage: mustBe('the id of a dead letter, a whole number'),
    },
  })
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 999_999_999_999_999 })
  id!: number;
}

/** Where a page that ended with this one goes on. */
export function deadLetterCursor({ id }: DeadLetter): string {
  return toCursor([id]);
}

/** @returns undefined when the text is not from deadLetterCursor() */
export function toDeadLetterId(cursor: string): number | undefined {
  const [id] = fromCursor(cursor, 1) ?? [];
  return Number.isSafeInteger(id) ? (id as number) : undefined;
}
