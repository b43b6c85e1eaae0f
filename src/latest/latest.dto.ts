import { ApiProperty } from '@nestjs/swagger';

import type { Reading } from '../model/reading.js';
import { StoredReadingDto } from '../model/stored-reading.dto.js';

/** A sensor's newest reading by timestamp. */
export class LatestDto extends StoredReadingDto {
  @ApiProperty({ type: Boolean, enum: [true] })
  readonly found = true;

  @ApiProperty({
    type: Boolean,
    enum: [true],
    required: false,
    description: 'Present while the store is down: this is the newest reading that the gateway knows',
  })
  readonly stale?: true;

  constructor(reading: Reading, stale: boolean) {
    super(reading);
    if (stale) this.stale = true;
  }
}
