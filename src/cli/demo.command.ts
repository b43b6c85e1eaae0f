import { Command, InvalidArgumentError, Option } from 'commander';

import { DURATION_RULE, formatDuration, parseDuration } from '../common/config/duration.js';
import { Demo } from './demo/demo.js';
import { DemoConnection } from './demo/demo-connection.js';
import { StatusPrinter } from './status-printer.js';
import { GatewayClient, GatewayKeyError } from './gateway-client.js';
import { type GatewayOptions, keyOption, urlOption } from './gateway-options.js';

interface CommandOptions extends GatewayOptions {
  readonly sensors: number;
  readonly rate?: number;
  readonly history: number;
  readonly seed: number;
  readonly rules: boolean;
}

const DEFAULT_SENSORS = 36;
/** The interval of a sensor when no rate is given, as long as there are not too many sensors. */
const DEFAULT_INTERVAL_SECONDS = 1.5;
const DEFAULT_MAX_RATE = 2_000;
const DEFAULT_HISTORY_MS = 3_600_000;
const MAX_HISTORY_MS = 366 * 24 * 3_600_000;
const MAX_WAIT_MS = 5_000;

/** `predictionx demo`: sends readings of simulated sensors until it is stopped. Exit code 0 then, 1 without a valid key. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'send readings of simulated sensors to a running gateway until stopped: pumps that run hot or fail, sensors that drift or fall silent',
    )
    .addOption(urlOption())
    .addOption(keyOption())
    .option('--sensors <n>', 'number of sensors, 1 to 100000', numberIn(1, 100_000, 1), DEFAULT_SENSORS)
    .option(
      '--rate <n>',
      `readings per second in total, 0.01 to 50000 (default: one per sensor every ${DEFAULT_INTERVAL_SECONDS} s, at most ${DEFAULT_MAX_RATE})`,
      numberIn(0.01, 50_000),
    )
    .addOption(
      new Option('--history <duration>', 'first send readings from this long before now, 0 for none')
        .argParser(duration)
        .default(DEFAULT_HISTORY_MS, formatDuration(DEFAULT_HISTORY_MS)),
    )
    .option('--seed <n>', 'seed of the random values', numberIn(0, 2 ** 31 - 1, 1), 1)
    .option('--no-rules', 'create no rules; by default it creates rules named "Demo: …" unless they exist')
    .action(run);
}

async function run(options: CommandOptions, command: Command): Promise<void> {
  const { url, key, sensors, history: historyMs, seed, rules } = options;
  const { rate = Math.min(DEFAULT_MAX_RATE, sensors / DEFAULT_INTERVAL_SECONDS) } = options;
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  const printer = new StatusPrinter();
  try {
    const wayToWait = { giveUpMs: Infinity, maxWaitMs: MAX_WAIT_MS, abortsRequests: true };
    const client = new GatewayClient(url, { key, ...wayToWait });
    const connection = new DemoConnection(client, printer, stopping.signal);
    await new Demo(connection, printer, { sensors, rate, seed, historyMs, rules }, stopping.signal).run();
    const { sent, refused } = connection.counts;
    printer.print(`Stopped: ${sent} readings sent, ${refused} refused`);
  } catch (error) {
    printer.status('');
    if (error instanceof GatewayKeyError) command.error(aboutKeys(error.message, key), { exitCode: 1 });
    command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  }
}

function aboutKeys(message: string, key: string | undefined): string {
  const problem = (key ?? '') === '' ? 'it requires a key' : 'this key is not valid';
  return [
    `error: ${message}`,
    `The gateway is protected, and ${problem}. Create one on the machine of the gateway:`,
    '  npm run keys -- create --name demo --role admin',
    'Then start the demo again with the key that this prints:',
    '  npm run demo -- --key KEY     (or PREDICTIONX_KEY=KEY npm run demo)',
  ].join('\n');
}

function numberIn(min: number, max: number, step?: 1): (text: string) => number {
  return (text) => {
    const number = Number(text);
    const isGood = /^\d+(\.\d+)?$/.test(text) && number >= min && number <= max;
    if (!isGood || (step === 1 && !Number.isInteger(number)))
      throw new InvalidArgumentError(
        `It must be a ${step === 1 ? 'whole ' : ''}number from ${min} to ${max}.`,
      );
    return number;
  };
}

function duration(text: string): number {
  const durationMs = text === '0' ? 0 : parseDuration(text);
  if (durationMs === undefined || durationMs > MAX_HISTORY_MS)
    throw new InvalidArgumentError(`It must be ${DURATION_RULE}, at most 366d, or 0.`);
  return durationMs;
}
