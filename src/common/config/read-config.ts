import { readFileSync } from 'node:fs';

import type { ConfigService } from '@nestjs/config';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { StartError } from '../errors/start-error.js';
import { GatewayConfig } from './gateway-config.js';

/** Those that a file may hold in their place, named by the variable with _FILE behind it. */
const SECRETS = ['INFLUXDB_TOKEN', 'ADMIN_KEY'];
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
  const fileProblems = SECRETS.flatMap((name) => readSecret(name, values) ?? []);
  const config = plainToInstance(GatewayConfig, values, { exposeDefaultValues: true });
  const wrong = validateSync(config, { stopAtFirstError: true });
  const problems = [...fileProblems, ...wrong.flatMap(({ constraints = {} }) => Object.values(constraints))];
  if (problems.length > 0) {
    throw new StartError(
      `The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  return config;
}

/** Takes a secret from its file, if it is in one. @returns what is wrong */
function readSecret(name: string, values: Record<string, string>): string | undefined {
  const variable = `${name}_FILE`;
  const file = values[variable];
  if (file === undefined) return undefined;
  if (values[name] !== undefined) return `${variable} must be absent where ${name} is set`;
  try {
    values[name] = readFileSync(file, 'utf8').trim();
    return values[name] === ''
      ? `${variable} must be a file that holds ${name}; ${file} is empty`
      : undefined;
  } catch (error) {
    return `${variable} must be a file that can be read: ${(error as Error).message}`;
  }
}
