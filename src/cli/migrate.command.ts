import { Command } from 'commander';

import type { MigrateCommandOptions } from './migrate/run-migration.js';

const INTERRUPTED = 130;

/**
 * `predictionx migrate`: moves the readings of one store to another one. Exit code 0 when the target has all of them, 1 when some
 * were refused, left out or differ, 2 when it could not be done, 130 when it was interrupted.
 */
export function migrateCommand(): Command {
  const command = new Command('migrate').description(
    'copy all readings from one store to another one, and compare them: the embedded store and buckets of InfluxDB; docs/moving.md describes it',
  );
  // Commander ends with 1 for a wrong option, which here means that readings were refused or differ.
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return command
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

async function run(options: MigrateCommandOptions, command: Command): Promise<void> {
  // As the gateway: other users of this machine get no access to new files.
  process.umask(0o077);
  const stopping = new AbortController();
  // Only once: a second Ctrl+C ends the command at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  try {
    // Loaded here: other commands need neither Nest nor a store.
    const { runMigration } = await import('./migrate/run-migration.js');
    process.exitCode = await runMigration(options, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) {
      process.stderr.write('Stopped. Run the same command again: it goes on there\n');
      process.exitCode = INTERRUPTED;
      return;
    }
    command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  }
}
