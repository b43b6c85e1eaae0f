import { ApiProperty } from '@nestjs/swagger';

import { TimestampProperty } from './timestamp.decorator.js';
import { formatTimestamp } from './timestamp.js';
import { EVENT_TYPES, type SystemEvent } from './system-event.js';

/** One entry of the system log. Fields that do not apply are left out. */
export class LogEntryDto {
  @ApiProperty({ type: String, description: 'Unique, and the same in system_events' })
  readonly id: string;

  @TimestampProperty('When it happened: for what a rule found, the time of the reading')
  readonly time: string;

  @ApiProperty({ enum: EVENT_TYPES })
  readonly type: SystemEvent['type'];

  @ApiProperty({ type: String, example: 'The gateway started; readings go to InfluxDB' })
  readonly message: string;

  @ApiProperty({ type: String, required: false, example: 'sensor_001' })
  readonly sensorId?: string;

  @ApiProperty({ type: String, required: false, example: 'zone_A' })
  readonly zone?: string;

  @ApiProperty({ type: Number, required: false, description: 'What was measured', example: 97.5 })
  readonly value?: number;

  @ApiProperty({ type: String, required: false, description: 'The rule that found it' })
  readonly ruleId?: string;

  constructor({ id, timeUs, type, message, sensorId, zone, value, ruleId }: SystemEvent) {
    this.id = id;
    this.time = formatTimestamp(timeUs);
    this.type = type;
    this.message = message;
    this.sensorId = sensorId;
    this.zone = zone;
    this.value = value;
    this.ruleId = ruleId;
  }
}
