import { ApiProperty } from '@nestjs/swagger';

/** One message of the stream, for the interface's description. */
export abstract class StreamMessageDto {
  @ApiProperty({
    type: String,
    description: 'Where to go on from: the Last-Event-ID of a client that comes back',
  })
  id!: string;

  @ApiProperty({ enum: ['reading', 'log', 'reset'] })
  event!: 'reading' | 'log' | 'reset';

  @ApiProperty({
    type: String,
    description:
      'JSON: for reading a StoredReadingDto, for log a LogEntryDto, for reset an object whose reason says why messages are missing',
    example:
      '{"sensorId":"sensor_001","zone":"zone_A","value":42.5,"timestamp":"2026-01-30T14:18:38.123456Z"}',
  })
  data!: string;
}
