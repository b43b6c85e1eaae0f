import { ApiProperty } from '@nestjs/swagger';

import { Identifier } from '../model/identifier.decorator.js';

/** The answer for a sensor without a known reading. */
export class NotFoundDto {
  @Identifier('The sensor asked for', 'sensor_001')
  sensorId!: string;

  @ApiProperty({ type: Boolean, enum: [false] })
  found!: false;
}
