import { ApiProperty } from '@nestjs/swagger';

/** One message of the stream, for the OpenAPI document. */
export abstract class StreamMessageDto {
  @ApiProperty({
    type: String,
    description: 'The position: a client that reconnects sends it as Last-Event-ID',
  })
  id!: string;

  @ApiProperty({ enum: ['reading', 'log', 'reset'] })
  event!: 'reading' | 'log' | 'reset';

  @ApiProperty({
    type: String,
    description:
      'JSON: a StoredReadingDto for reading, a LogEntryDto for log; for reset an object whose reason says why messages are missing',
    example:
      '{"sensorId":"sensor_001","zone":"zone_A","value":42.5,"timestamp":"2026-01-30T14:18:38.123456Z"}',
  })
  data!: string;
}
