import { NestFactory } from '@nestjs/core';
import { Command } from 'commander';

import { GatewayConfigModule } from '../common/config/config.module.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { MigrateError } from './migrate/migrate-error.js';
import { migrate, type MigrationOptions } from './migrate/migration.js';
import { readPlace } from './migrate/place.js';

const INTERRUPTED = 130;

interface Options extends MigrationOptions {
  readonly from: string;
  readonly to: string;
}

/**
 * `predictionx migrate`: moves the readings of one store to another one. Exit code 0 when the target has all of them, 1 when some
 * were refused or differ, 2 when it could not be done, 130 when it was interrupted.
 */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'copy all readings from one store to another one, and compare them: the embedded store and buckets of InfluxDB; docs/moving.md describes it',
    )
    .requiredOption(
      '--from <place>',
      'where the readings are: embedded, embedded:FOLDER, influxdb, influxdb:BUCKET, or http://HOST:8086/?org=ORG&bucket=BUCKET; the token comes from FROM_INFLUXDB_TOKEN or INFLUXDB_TOKEN, or from a file (…_FILE)',
    )
    .requiredOption(
      '--to <place>',
      'where they go, named likewise; the token from TO_INFLUXDB_TOKEN or INFLUXDB_TOKEN',
    )
    .option('--compare', 'copy nothing, only compare')
    .option('--restart', 'start from the beginning, also where an earlier run was interrupted')
    .option('--report <file>', 'write the counts and checksums of every sensor to a CSV file')
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  // As the gateway: other users of this machine get no access to new files.
  process.umask(0o077);
  const stopping = new AbortController();
  // Only once: a second Ctrl+C ends the command at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  try {
    const config = await loadConfig();
    const from = readPlace('from', options.from, config);
    const to = readPlace('to', options.to, config);
    process.exitCode = await migrate(from, to, config, options, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) {
      process.stderr.write('Stopped. Run the same command again: it goes on there\n');
      process.exitCode = INTERRUPTED;
      return;
    }
    const { message } = error as Error;
    command.error(`error: ${error instanceof MigrateError ? message : `it failed: ${message}`}`, {
      exitCode: 2,
    });
  }
}

/** Reads the environment and .env as the gateway does. */
async function loadConfig(): Promise<GatewayConfig> {
  const quiet = { abortOnError: false, logger: false } as const;
  return (await NestFactory.createApplicationContext(GatewayConfigModule, quiet)).get(GatewayConfig);
}
