import { ApiProperty } from '@nestjs/swagger';

/** The gateway answers. */
export class AliveDto {
  @ApiProperty({ type: String, enum: ['ok'] })
  readonly status = 'ok';
}
