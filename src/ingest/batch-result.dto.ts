import { ApiProperty } from '@nestjs/swagger';

import { GatewayError } from '../errors/gateway-error.js';
import { REFUSAL_CODES, type RecordRefusal, type Verdicts } from './ingest.service.js';

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

  @ApiProperty({ type: [RecordRefusalDto], description: 'Each wrong field of each refused record' })
  readonly errors: readonly RecordRefusalDto[];

  private constructor({ accepted, refusals }: Verdicts) {
    this.success = accepted.length > 0;
    this.accepted = accepted.length;
    this.refused = new Set(refusals.map(({ index }) => index)).size;
    this.errors = refusals.map((refusal) => new RecordRefusalDto(refusal));
  }

  /** @throws BatchRefused when no record is accepted */
  static of(verdicts: Verdicts): BatchResultDto {
    const result = new BatchResultDto(verdicts);
    if (!result.success) throw new BatchRefused(result);
    return result;
  }
}

/** Every record was refused. The answer keeps the shape of a batch's result instead of an error's. */
class BatchRefused extends GatewayError {
  constructor(private readonly result: BatchResultDto) {
    // One that is not allowed any of its sensors is told so as with a single reading.
    const isForbidden = result.errors.every(({ code }) => code === 'SENSOR_NOT_ALLOWED');
    super(
      isForbidden ? 'SENSOR_NOT_ALLOWED' : 'INVALID_READING',
      `None of the ${result.refused} records is a reading that can be accepted`,
    );
  }

  override body(): object {
    return this.result;
  }
}
