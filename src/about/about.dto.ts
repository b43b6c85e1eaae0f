import { ApiProperty } from '@nestjs/swagger';

import { NAME, VERSION } from '../common/config/version.js';

/** Where to go from here. */
export class LinksDto {
  @ApiProperty({ type: String, example: '/api/docs' })
  readonly docs: string = '/api/docs';

  @ApiProperty({ type: String, example: '/api/openapi.json' })
  readonly openapi: string = '/api/openapi.json';

  @ApiProperty({ type: String, example: '/api/health' })
  readonly health: string = '/api/health';

  @ApiProperty({ type: String, example: '/api/ingest' })
  readonly ingest: string = '/api/ingest';

  @ApiProperty({ type: String, example: '/api/latest/{sensorId}' })
  readonly latest: string = '/api/latest/{sensorId}';

  @ApiProperty({ type: String, example: '/api/readings/{sensorId}' })
  readonly readings: string = '/api/readings/{sensorId}';

  @ApiProperty({ type: String, example: '/api/sensors' })
  readonly sensors: string = '/api/sensors';

  @ApiProperty({ type: String, example: '/api/stream' })
  readonly stream: string = '/api/stream';

  @ApiProperty({ type: String, example: '/api/logs' })
  readonly logs: string = '/api/logs';

  @ApiProperty({ type: String, example: '/api/rules' })
  readonly rules: string = '/api/rules';

  @ApiProperty({ type: String, example: '/api/pipeline' })
  readonly pipeline: string = '/api/pipeline';

  @ApiProperty({ type: String, example: '/metrics' })
  readonly metrics: string = '/metrics';

  /** @param prefix the path below which clients reach the gateway */
  constructor(prefix: string) {
    for (const [name, path] of Object.entries(this))
      Object.assign(this, { [name]: `${prefix}${path as string}` });
  }
}

/** What answers here. */
export class AboutDto {
  @ApiProperty({ type: String, example: NAME })
  readonly name = NAME;

  @ApiProperty({ type: String, example: VERSION })
  readonly version = VERSION;

  @ApiProperty({ type: LinksDto })
  readonly links: LinksDto;

  /** @param prefix the path below which clients reach the gateway */
  constructor(prefix: string) {
    this.links = new LinksDto(prefix);
  }
}
