import { Command } from 'commander';

import { type GatewayOptions, keyOption, urlOption } from './gateway-options.js';

const INTERRUPTED = 130;

/**
 * `predictionx backup`: copies everything that a running gateway keeps into a folder. Exit code 0 when the backup is whole, 2 when
 * it could not be made, 130 when it was interrupted.
 */
export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'copy everything that a running gateway keeps in its DATA_DIR into a folder; docs/operations.md describes it',
    )
    .argument('<dir>', 'the folder, which must not hold a backup yet; it is created if it is missing')
    .addOption(urlOption())
    .addOption(keyOption())
    .action(run);
}

async function run(dir: string, options: GatewayOptions, command: Command): Promise<void> {
  // A backup holds what DATA_DIR holds: it is for this user only.
  process.umask(0o077);
  const stopping = new AbortController();
  // Only once: a second Ctrl+C ends the command at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  try {
    const { makeBackup } = await import('./backup/make-backup.js');
    await makeBackup(dir, options, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) process.exitCode = INTERRUPTED;
    else command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  }
}
