import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

import { mustBe } from '../common/validation/must-be.js';

const DEFAULT_SECONDS = 30;
const MAX_SECONDS = 300;

/** How long a request waits for the drain. */
export class DrainQueryDto {
  @Transform(({ value }: { value: unknown }) => (/^\d{1,3}$/.test(String(value)) ? Number(value) : value))
  @ValidateBy({
    name: 'waitSeconds',
    validator: {
      validate: (value) => Number.isInteger(value) && Number(value) <= MAX_SECONDS,
      defaultMessage: mustBe(`a whole number from 0 to ${MAX_SECONDS}`),
    },
  })
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 0,
    maximum: MAX_SECONDS,
    default: DEFAULT_SECONDS,
    description: 'The response comes after this time at the latest, or as soon as the journal is empty',
  })
  waitSeconds = DEFAULT_SECONDS;
}
