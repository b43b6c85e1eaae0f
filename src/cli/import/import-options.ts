import { type Command, InvalidArgumentError, Option } from 'commander';

import { PRECISIONS } from '../../model/precision.js';
import { type GatewayOptions, keyOption, urlOption } from '../gateway-options.js';
import { FILE_FORMATS, type ReadOptions } from './read-options.js';

/** The options of `predictionx import`. */
export interface ImportOptions extends ReadOptions, GatewayOptions {
  readonly batchSize: number;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
}

const MAX_BATCH = 10_000;

/** Adds all options to the command. */
export function addImportOptions(command: Command): Command {
  return command
    .addOption(urlOption())
    .addOption(keyOption())
    .option('--dry-run', 'show how the file is understood, and send nothing')
    .option('--sensor <id>', 'the sensor of all readings, when no column names it')
    .option('--zone <zone>', 'the zone of all readings, when no column names it')
    .option('--sensor-column <name>', 'column with the sensor; by default one with a usual name')
    .option('--zone-column <name>', 'column with the zone; by default one with a usual name')
    .option('--time-column <name>', 'column with the time; by default one with a usual name')
    .option('--date-column <name>', 'column with the date, when the time column has only the time of day')
    .option('--value-column <name>', 'column with the value; by default one with a usual name')
    .option(
      '--latency-column <name>',
      'column with the latency in milliseconds; a reading without one has no latency',
    )
    .option('--wide', 'each further column is a sensor, and its name is in the header')
    .addOption(new Option('--time-unit <unit>', 'the unit of times that are numbers').choices(PRECISIONS))
    .option('--time-format <format>', 'how times are written, such as "dd.MM.yyyy HH:mm:ss"')
    .option('--time-zone <zone>', 'zone of times that name none, such as Europe/Berlin (default: UTC)')
    .option('--decimal <mark>', 'decimal mark of numbers, "." or "," (default: ".")')
    .option(
      '--delimiter <character>',
      'character between columns, "\\t" for a tab (default: found in the header)',
    )
    .option('--skip <n>', 'lines before the header to pass over', wholeNumber(0, 1_000_000))
    .option('--comment <text>', 'what lines begin with that are passed over; "" for none (default: "#")')
    .addOption(
      new Option('--format <format>', 'by default found from name and content').choices(FILE_FORMATS),
    )
    .option('--batch-size <n>', 'readings per request, 1 to 10000', wholeNumber(1, MAX_BATCH), 5_000)
    .option('--restart', 'start from the beginning, also when an interrupted import of the file could go on')
    .addHelpText('after', HELP);
}

const HELP = `
Examples:
  predictionx import export.csv --dry-run
  predictionx import machine.csv --sensor machine --zone hall_1 --time-zone Europe/Berlin
  predictionx import plant.csv --wide --zone hall_1 --delimiter ";" --decimal ,

After an interruption the same command goes on where it was.
Exit codes: 0 all rows were accepted, 1 some were refused, 2 the import was not begun or not finished, 130 it was interrupted.`;

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,9}$/.test(text) || number < min || number > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return number;
  };
}
