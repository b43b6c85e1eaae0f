import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { cutErrors, MAX_NAMED } from '../common/errors/answer-bounds.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import type { Verdicts } from './refusals.js';
import { REFUSAL_CODES, type RecordRefusal } from './record-refusal.js';

/** Of the list beside the indexes, which may take as much again. */
const MAX_ERRORS_BYTES = 25_000;

/** Why one record of a batch is not accepted. */
export class RecordRefusalDto {
  @ApiProperty({ type: 'integer', description: "The record's place in the batch, from 0", example: 3 })
  readonly index: number;

  @ApiProperty({ type: String, description: 'The field; empty when the record is none', example: 'value' })
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

/** What became of a batch. */
export class BatchResultDto {
  @ApiProperty({ type: Boolean, description: 'Whether any record was accepted' })
  readonly success: boolean;

  @ApiProperty({ type: 'integer', description: 'Records that cannot be lost any more' })
  readonly accepted: number;

  @ApiProperty({ type: 'integer', description: 'Records that were not accepted' })
  readonly refused: number;

  @ApiProperty({
    type: [RecordRefusalDto],
    maxItems: MAX_NAMED,
    description: 'What is wrong with the refused records, field by field; the first of it where it is much',
  })
  readonly errors: readonly RecordRefusalDto[];

  @ApiPropertyOptional({
    type: String,
    description: 'Where `errors` does not name every refused record: the places of all of them',
    example: '0,2,4-9',
  })
  readonly refusedIndexes?: string;

  private constructor({ accepted, refusals }: Verdicts) {
    this.success = accepted.length > 0;
    this.accepted = accepted.length;
    this.refused = refusals.count;
    const named = cutErrors(refusals.named, MAX_ERRORS_BYTES);
    this.errors = named.map((refusal) => new RecordRefusalDto(refusal));
    const isWhole = refusals.namedCount === refusals.count && named.length === refusals.named.length;
    if (!isWhole) this.refusedIndexes = refusals.indexes;
  }

  /** @throws BatchRefused when no record is accepted */
  static of(verdicts: Verdicts): BatchResultDto {
    const result = new BatchResultDto(verdicts);
    if (!result.success) throw new BatchRefused(result, [...verdicts.refusals.byCode.keys()]);
    return result;
  }
}

/** Every record was refused. The answer keeps the shape of a batch's result instead of an error's. */
class BatchRefused extends GatewayError {
  constructor(
    private readonly result: BatchResultDto,
    codes: readonly RecordRefusal['code'][],
  ) {
    // One that is not allowed any of its sensors is told so as with a single reading.
    const isForbidden = codes.every((code) => code === 'SENSOR_NOT_ALLOWED');
    super(
      isForbidden ? 'SENSOR_NOT_ALLOWED' : 'INVALID_READING',
      `None of the ${result.refused} records is a reading that can be accepted`,
    );
  }

  override body(): object {
    return this.result;
  }
}
