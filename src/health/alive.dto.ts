import { ApiProperty } from '@nestjs/swagger';

/** The gateway responds. */
export class AliveDto {
  @ApiProperty({ type: String, enum: ['ok'] })
  readonly status = 'ok';
}
