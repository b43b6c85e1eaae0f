import { ApiProperty } from '@nestjs/swagger';

import { Identifier } from '../model/identifier.decorator.js';
import type { Reading } from '../model/reading.js';
import { TimestampProperty } from '../model/timestamp.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';

/** The answer to an accepted reading. */
export class IngestedDto {
  @ApiProperty({ type: Boolean, enum: [true] })
  readonly success = true;

  @ApiProperty({ type: String, enum: ['Data ingested successfully'] })
  readonly message = 'Data ingested successfully';

  @Identifier('The sensor', 'sensor_001')
  readonly sensorId: string;

  @TimestampProperty("The reading's own timestamp, or the time of acceptance")
  readonly timestamp: string;

  constructor({ sensorId, timestampUs }: Reading) {
    this.sensorId = sensorId;
    this.timestamp = formatTimestamp(timestampUs);
  }
}

/** The same as JSON, made without the object. */
export function ingestedJson({ sensorId, timestampUs }: Reading): string {
  return `{"success":true,"message":"Data ingested successfully","sensorId":${JSON.stringify(sensorId)},"timestamp":"${formatTimestamp(timestampUs)}"}`;
}
