import { ApiProperty } from '@nestjs/swagger';

import { NAME, VERSION } from '../common/config/version.js';

/** Where to go from here. */
export class LinksDto {
  @ApiProperty({ type: String, example: '/api/docs' })
  readonly docs = '/api/docs';

  @ApiProperty({ type: String, example: '/api/openapi.json' })
  readonly openapi = '/api/openapi.json';

  @ApiProperty({ type: String, example: '/api/health' })
  readonly health = '/api/health';

  @ApiProperty({ type: String, example: '/api/ingest' })
  readonly ingest = '/api/ingest';

  @ApiProperty({ type: String, example: '/api/latest/{sensorId}' })
  readonly latest = '/api/latest/{sensorId}';

  @ApiProperty({ type: String, example: '/api/readings/{sensorId}' })
  readonly readings = '/api/readings/{sensorId}';

  @ApiProperty({ type: String, example: '/api/sensors' })
  readonly sensors = '/api/sensors';

  @ApiProperty({ type: String, example: '/api/stream' })
  readonly stream = '/api/stream';

  @ApiProperty({ type: String, example: '/api/logs' })
  readonly logs = '/api/logs';

  @ApiProperty({ type: String, example: '/api/rules' })
  readonly rules = '/api/rules';

  @ApiProperty({ type: String, example: '/api/pipeline' })
  readonly pipeline = '/api/pipeline';

  @ApiProperty({ type: String, example: '/metrics' })
  readonly metrics = '/metrics';
}

/** What answers here. */
export class AboutDto {
  @ApiProperty({ type: String, example: NAME })
  readonly name = NAME;

  @ApiProperty({ type: String, example: VERSION })
  readonly version = VERSION;

  @ApiProperty({ type: LinksDto })
  readonly links = new LinksDto();
}
