import type { ConfigService } from '@nestjs/config';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { StartError } from '../errors/start-error.js';
import { GatewayConfig } from './gateway-config.js';

const VARIABLES = ['INFLUXDB_URL', ...Object.keys(new GatewayConfig())];

/**
 * Takes the configuration from the environment and .env. A variable set to nothing counts as not set.
 * @throws StartError that lists every wrong variable, one a line
 */
export function readConfig(source: ConfigService): GatewayConfig {
  const values: Record<string, string> = {};
  for (const name of VARIABLES) {
    const value = source.get<string>(name)?.trim();
    if (value) values[name] = value;
  }
  const config = plainToInstance(GatewayConfig, values, { exposeDefaultValues: true });
  const problems = validateSync(config, { stopAtFirstError: true }).flatMap(({ constraints = {} }) =>
    Object.values(constraints),
  );
  if (problems.length > 0) {
    throw new StartError(
      `The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  return config;
}
