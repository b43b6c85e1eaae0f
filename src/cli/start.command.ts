import { Command } from 'commander';

export function startCommand(): Command {
  return new Command('start')
    .description('start the gateway; it is configured by environment variables and .env (see .env.example)')
    .action(async () => {
      await import('../main.js');
    });
}
