import { ApiProperty } from '@nestjs/swagger';

import { GatewayError } from '../common/errors/gateway-error.js';
import { Identifier } from '../model/identifier.decorator.js';
import type { Reading } from '../model/reading.js';
import { TimestampProperty } from '../model/timestamp.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';
import type { Verdicts } from './refusals.js';
import type { RecordRefusal } from './record-refusal.js';

const NOTHING_SENT: RecordRefusal = {
  index: 0,
  code: 'INVALID_READING',
  path: '',
  message: 'There is no reading in the request',
};

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

  private constructor({ sensorId, timestampUs }: Reading) {
    this.sensorId = sensorId;
    this.timestamp = formatTimestamp(timestampUs);
  }

  /** @throws GatewayError when the reading is not accepted */
  static of({ accepted: [reading], refusals }: Verdicts): IngestedDto {
    if (reading) return new IngestedDto(reading);
    const [{ code, path, message } = NOTHING_SENT] = refusals.named;
    throw new GatewayError(code, message, { errors: [{ path, message }] });
  }
}
