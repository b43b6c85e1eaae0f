import { NestFactory } from '@nestjs/core';

import { GatewayConfigModule } from '../../common/config/config.module.js';
import { GatewayConfig } from '../../common/config/gateway-config.js';
import { migrate, type MigrationOptions } from './migration.js';
import { readPlace } from './place.js';

/** The options of the command. */
export interface MigrateCommandOptions extends MigrationOptions {
  readonly from: string;
  readonly to: string;
}

/** As migrate(), with the places that the options name, and the configuration of a gateway that starts here. */
export async function runMigration(options: MigrateCommandOptions, signal: AbortSignal): Promise<number> {
  const config = await loadConfig();
  const from = readPlace('from', options.from, config);
  const to = readPlace('to', options.to, config);
  return migrate(from, to, config, options, signal);
}

/** Reads the environment and .env as the gateway does. */
async function loadConfig(): Promise<GatewayConfig> {
  const quiet = { abortOnError: false, logger: false } as const;
  return (await NestFactory.createApplicationContext(GatewayConfigModule, quiet)).get(GatewayConfig);
}
