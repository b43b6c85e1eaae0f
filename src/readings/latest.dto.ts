import { ApiProperty } from '@nestjs/swagger';

import { Identifier } from '../reading/identifier.decorator.js';
import { StoredReadingDto } from './stored-reading.dto.js';

/** A sensor's newest reading by timestamp. */
export class LatestDto extends StoredReadingDto {
  @ApiProperty({ type: Boolean, enum: [true] })
  readonly found = true;
}

/** The answer for a sensor of which no reading is known. */
export class NotFoundDto {
  @Identifier('The sensor asked for', 'sensor_001')
  sensorId!: string;

  @ApiProperty({ type: Boolean, enum: [false] })
  found!: false;
}
