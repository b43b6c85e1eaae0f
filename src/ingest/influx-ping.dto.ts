import { ApiProperty } from '@nestjs/swagger';

import { INFLUX_VERSION } from './influx-version.js';

/** The body of a verbose ping, as InfluxDB 1 gives it. */
export class InfluxPingDto {
  @ApiProperty({ type: String, example: 'predictionx-0.1.0' })
  readonly version = INFLUX_VERSION;

  /** @param verbose the parameter, which InfluxDB 1 takes for true unless it is empty, 0 or false */
  static isWanted(verbose: unknown): boolean {
    return ![undefined, '', '0', 'false'].includes(verbose as string | undefined);
  }
}
