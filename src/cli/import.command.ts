import { Command } from 'commander';

import { GatewayKeyError } from './gateway-client.js';
import { explainKeyError } from './import/find-gateway.js';
import { addImportOptions, type ImportOptions } from './import/import-options.js';
import { importFile, INTERRUPTED } from './import/import-run.js';

/**
 * `predictionx import`: sends the readings of a file to a running gateway. Exit code 0 when all rows were accepted, 1 when some
 * were refused, 2 when it could not be done, 130 when it was interrupted.
 */
export function importCommand(): Command {
  const command = new Command('import')
    .description(
      'send the readings of a file to a running gateway: CSV, NDJSON, or annotated CSV of InfluxDB; docs/import.md describes it',
    )
    .argument('<file>', 'the file; its columns are found by the names in its header');
  // Commander ends with 1 for a wrong option, which here means that rows were refused.
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return addImportOptions(command).action(run);
}

async function run(file: string, options: ImportOptions, command: Command): Promise<void> {
  const stopping = new AbortController();
  // Only once: a second Ctrl+C ends the command at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  try {
    process.exitCode = await importFile(file, options, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) {
      process.exitCode = INTERRUPTED;
      return;
    }
    const message =
      error instanceof GatewayKeyError ? explainKeyError(error, options.key) : (error as Error).message;
    command.error(`error: ${message}`, { exitCode: 2 });
  }
}
