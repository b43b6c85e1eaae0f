import { Command } from 'commander';

import type { RestoreOptions } from './backup/restore-backup.js';

/**
 * `predictionx restore`: makes the DATA_DIR of a new gateway from a backup. Exit code 0 when it is whole, 2 when it could not be
 * done.
 */
export function restoreCommand(): Command {
  return new Command('restore')
    .description(
      'restore a backup into an empty DATA_DIR, before a gateway starts there; docs/operations.md describes it',
    )
    .argument('<dir>', 'the folder with the backup, or the file itself')
    .option('--check', 'only check that the backup is whole')
    .action(run);
}

async function run(dir: string, options: RestoreOptions, command: Command): Promise<void> {
  // As the gateway: other users of this machine get no access to new files.
  process.umask(0o077);
  try {
    // Loaded here: other commands need neither Nest nor a store.
    const { runRestore } = await import('./backup/run-restore.js');
    await runRestore(dir, options);
  } catch (error) {
    command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  }
}
