import { Command } from 'commander';

import { VERSION } from '../common/config/version.js';
import { backupCommand } from './backup.command.js';
import { demoCommand } from './demo.command.js';
import { importCommand } from './import.command.js';
import { keysCommand } from './keys.command.js';
import { migrateCommand } from './migrate.command.js';
import { restoreCommand } from './restore.command.js';
import { startCommand } from './start.command.js';

await new Command('predictionx')
  .description('The gateway between sensors and InfluxDB')
  .version(VERSION)
  .addCommand(startCommand())
  .addCommand(importCommand())
  .addCommand(migrateCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(keysCommand())
  .addCommand(demoCommand())
  .parseAsync();
