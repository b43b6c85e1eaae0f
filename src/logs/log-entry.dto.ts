import { ApiProperty } from '@nestjs/swagger';

import { TimestampProperty } from '../reading/timestamp.decorator.js';
import { formatTimestamp } from '../reading/timestamp.js';
import { EVENT_TYPES, type SystemEvent } from './system-event.js';

/** One entry of the system log. */
export class LogEntryDto {
  @TimestampProperty('When it happened')
  readonly time: string;

  @ApiProperty({ type: String, example: 'The gateway started; readings go to InfluxDB' })
  readonly message: string;

  @ApiProperty({ enum: EVENT_TYPES })
  readonly type: SystemEvent['type'];

  constructor({ timeUs, message, type }: SystemEvent) {
    this.time = formatTimestamp(timeUs);
    this.message = message;
    this.type = type;
  }
}
