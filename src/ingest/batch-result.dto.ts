import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { cutErrors, MAX_NAMED } from '../common/errors/answer-bounds.js';
import { REFUSAL_CODES, type RecordRefusal } from './record-refusal.js';
import type { Verdicts } from './refusals.js';

/** Bytes of `errors`; `refusedIndexes` may take as much again. */
const MAX_ERRORS_BYTES = 25_000;

/** Why one record of a batch is not accepted. */
export class RecordRefusalDto {
  @ApiProperty({ type: 'integer', description: "The record's index in the batch, from 0", example: 3 })
  readonly index: number;

  @ApiProperty({
    type: String,
    description: 'The wrong field; empty when the record is not an object',
    example: 'value',
  })
  readonly path: string;

  @ApiProperty({ enum: REFUSAL_CODES })
  readonly code: RecordRefusal['code'];

  @ApiProperty({ type: String, example: 'value must be a finite number, got "hot"' })
  readonly message: string;

  constructor({ index, path, code, message }: RecordRefusal) {
    this.index = index;
    this.path = path;
    this.code = code;
    this.message = message;
  }
}

/** The result of a batch. */
export class BatchResultDto {
  @ApiProperty({ type: Boolean, description: 'Whether any record was accepted' })
  readonly success: boolean;

  @ApiProperty({ type: 'integer', description: 'Records that are accepted and on disk' })
  readonly accepted: number;

  @ApiProperty({ type: 'integer', description: 'Records that were not accepted' })
  readonly refused: number;

  @ApiProperty({
    type: [RecordRefusalDto],
    maxItems: MAX_NAMED,
    description:
      'The problems of the refused records, field by field; only the first ones when there are many',
  })
  readonly errors: readonly RecordRefusalDto[];

  @ApiPropertyOptional({
    type: String,
    description: 'The indexes of all refused records; present when `errors` does not name all of them',
    example: '0,2,4-9',
  })
  readonly refusedIndexes?: string;

  constructor({ accepted, refusals }: Verdicts) {
    this.success = accepted.length > 0;
    this.accepted = accepted.length;
    this.refused = refusals.count;
    const named = cutErrors(refusals.named, MAX_ERRORS_BYTES);
    this.errors = named.map((refusal) => new RecordRefusalDto(refusal));
    const namesAll = refusals.namedCount === refusals.count && named.length === refusals.named.length;
    if (!namesAll) this.refusedIndexes = refusals.indexes;
  }
}
