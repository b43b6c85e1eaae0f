import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';

import { type Precision, PRECISIONS } from '../model/precision.js';
import { CsvReadings } from './csv-readings.js';
import { GatewayClient } from './gateway-client.js';
import { type GatewayOptions, keyOption, urlOption } from './gateway-options.js';
import { Importer } from './importer.js';
import { formatSummary } from './import-summary.js';

interface ImportOptions extends GatewayOptions {
  readonly sensor: string;
  readonly zone: string;
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  readonly latencyColumn?: string;
  readonly delimiter: string;
  readonly batchSize: number;
  readonly precision: Precision;
}

const BAR_FORMAT =
  '[{bar}] {percentage}% | {sent} sent, {accepted} accepted, {refused} refused | {eta_formatted} left {state}';

/** `predictionx import`: sends the readings of a CSV file to a running gateway. Exit code 0 when all were accepted. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'send the readings of a CSV file to a running gateway; after an interruption run it again, nothing is stored twice',
    )
    .argument('<file>', 'CSV file with a header line')
    .requiredOption('--sensor <id>', 'the sensor of all readings')
    .requiredOption('--zone <zone>', 'the zone of the sensor')
    .addOption(urlOption())
    .addOption(keyOption())
    .option(
      '--time-column <name>',
      'column with the time: RFC 3339, "YYYY-MM-DD hh:mm:ss" or a number since 1970; UTC unless it has a time zone',
    )
    .addOption(
      new Option('--precision <unit>', 'the unit of times that are numbers')
        .choices(PRECISIONS)
        .default('ms'),
    )
    .option('--value-column <name>', 'column with the value')
    .option('--latency-column <name>', 'column with the latency in milliseconds; 0 without one')
    .option('--delimiter <character>', 'the character between columns', ',')
    .option('--batch-size <n>', 'readings per request', wholeNumber, 500)
    .action(run);
}

async function run(file: string, options: ImportOptions, command: Command): Promise<void> {
  try {
    const { size } = await stat(file);
    process.exitCode = await importFile(file, size, options);
  } catch (error) {
    command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  }
}

/** @returns the exit code: 0 when every row was accepted, 1 when some were refused, 130 when interrupted */
async function importFile(file: string, size: number, options: ImportOptions): Promise<number> {
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    stopping.abort();
  });
  const source = createReadStream(file);
  const importer = new Importer(new GatewayClient(options.url, options), options.batchSize);
  const bar = new SingleBar({ format: BAR_FORMAT, hideCursor: true, etaBuffer: 100 });
  const update = (): void => {
    bar.update(source.bytesRead, { ...importer.counts, state: importer.waitReason });
  };
  bar.start(size, 0, { ...importer.counts, state: '' });
  const refresh = setInterval(update, 100);
  try {
    await importer.run(new CsvReadings(source, options).rows(), stopping.signal);
  } finally {
    clearInterval(refresh);
    update();
    bar.stop();
    source.destroy();
    process.stdout.write(formatSummary(importer, stopping.signal.aborted));
  }
  if (stopping.signal.aborted) return 130;
  return importer.counts.refused > 0 ? 1 : 0;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}
