import { readFileSync } from 'node:fs';

import type { ConfigService } from '@nestjs/config';

import { explainReadError } from '../errors/explain-access.js';
import { StartError } from '../errors/start-error.js';
import { GatewayConfig, VARIABLES } from './gateway-config.js';

/** Variables whose value may come from a file instead, named by the variable with _FILE behind it. */
const SECRETS = ['INFLUXDB_TOKEN', 'ADMIN_KEY'];

/**
 * Reads the configuration from the environment and .env. An empty variable counts as not set.
 * @throws StartError that lists every wrong variable, one a line
 */
export function readConfig(source: ConfigService): GatewayConfig {
  const texts: Record<string, string> = {};
  for (const { name } of VARIABLES) {
    const value = source.get<string>(name)?.trim();
    if (value) texts[name] = value;
  }
  const problems = SECRETS.flatMap((name) => readSecretFile(name, texts) ?? []);
  const config = new GatewayConfig(texts, problems);
  if (problems.length > 0) {
    throw new StartError(
      `The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  return config;
}

/** Reads a secret from its file, if one is named by its variable with _FILE. @returns what is wrong */
export function readSecretFile(name: string, texts: Record<string, string>): string | undefined {
  const variable = `${name}_FILE`;
  const file = texts[variable];
  if (file === undefined) return undefined;
  if (texts[name] !== undefined) return `${variable} must be absent where ${name} is set`;
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (secret === '') return `${variable} must be a file that holds ${name}; ${file} is empty`;
    texts[name] = secret;
    return undefined;
  } catch (error) {
    return `${variable} must be a file that can be read: ${explainReadError(file, error)}`;
  }
}
