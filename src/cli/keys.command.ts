import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { NestFactory } from '@nestjs/core';
import { Command, InvalidArgumentError, Option } from 'commander';

import { GRACE_SECONDS } from '../auth/key.dto.js';
import { KeyFile } from '../auth/key-file.js';
import { POLL_INTERVAL_MS } from '../auth/key-ring.js';
import { type NewKey, type Role, ROLES } from '../auth/key.js';
import { GatewayConfigModule } from '../common/config/config.module.js';
import { parseDuration } from '../common/config/duration.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { refuseRestoring } from '../data-dir/restore-marker.js';
import { isIdentifier, isNewIdentifier } from '../model/identifier.js';
import { hintForTime } from '../model/time-hint.js';
import { parseTimestampText } from '../model/timestamp.js';
import { keyTable } from './key-table.js';

interface CreateOptions {
  readonly name: string;
  readonly role: Role;
  readonly sensor?: string[];
  readonly zone?: string[];
  readonly expires?: number;
  readonly readingsPerSecond?: number;
  readonly requestsPerSecond?: number;
}

/** `predictionx keys`: creates, lists, rotates and revokes keys in DATA_DIR, also while the gateway runs. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('create, list, rotate and revoke keys in DATA_DIR, also while the gateway runs')
    .addCommand(createCommand())
    .addCommand(
      new Command('list').description('list all keys, revoked ones included, oldest first').action(list),
    )
    .addCommand(
      new Command('rotate')
        .description('give a key a new secret, which is printed only once')
        .argument('<id>', "the key's id, as list shows it")
        .option('--grace <seconds>', 'how long the old secret stays valid', seconds, GRACE_SECONDS)
        .action(rotate),
    )
    .addCommand(
      new Command('revoke')
        .description('make a key invalid from now on')
        .argument('<id>', "the key's id, as list shows it")
        .action(revoke),
    );
}

function createCommand(): Command {
  return new Command('create')
    .description('create a key, which is printed only once; the gateway keeps only its hash')
    .requiredOption('--name <name>', 'a name for people', newName)
    .addOption(
      new Option('--role <role>', 'device: sends readings, reader: reads, admin: everything')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option('--sensor <id>', 'a sensor whose readings the device may send, * for any characters', several)
    .option('--zone <zone>', 'a zone whose readings it may send, * for any characters', several)
    .option('--expires <time>', 'an RFC 3339 time, or a duration from now such as 90d', time)
    .option('--readings-per-second <n>', 'instead of LIMIT_KEY_READINGS; 0 means no limit', rate)
    .option('--requests-per-second <n>', 'instead of LIMIT_KEY_REQUESTS; 0 means no limit', rate)
    .action(create);
}

async function create(options: CreateOptions, command: Command): Promise<void> {
  const { name, role, sensor, zone, expires, readingsPerSecond, requestsPerSecond } = options;
  if (role !== 'device' && (sensor ?? zone))
    command.error('error: --sensor and --zone are only for --role device');
  const wanted: NewKey = {
    name,
    role,
    ...(sensor && { sensors: sensor }),
    ...(zone && { zones: zone }),
    ...(expires !== undefined && { expiresMs: expires }),
    ...(readingsPerSecond !== undefined && { readingsPerSecond }),
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
  };
  await withKeys(command, async (keys) => {
    const { key, secret } = keys.create(wanted);
    await untilGatewayKnows();
    say(`The key ${key.id} (${name}, ${role}) is shown only once:`);
    console.log(secret);
  });
}

async function list(_options: object, command: Command): Promise<void> {
  await withKeys(command, (keys) => {
    process.stdout.write(keyTable(keys.read()?.keys ?? [], Date.now()));
  });
}

async function rotate(id: string, { grace }: { grace: number }, command: Command): Promise<void> {
  await withKeys(command, async (keys) => {
    const nowMs = Date.now();
    const { key, secret } = keys.rotate(id, { nowMs, endsMs: nowMs + Math.round(grace * 1000) });
    await untilGatewayKnows();
    const old = grace > 0 ? `the old one stays valid for ${grace} s` : 'the old one is no longer valid';
    say(`The new secret of ${key.id} (${key.name}) is shown only once; ${old}:`);
    console.log(secret);
  });
}

async function revoke(id: string, _options: object, command: Command): Promise<void> {
  await withKeys(command, async (keys) => {
    const { name } = keys.revoke(id);
    await untilGatewayKnows();
    say(`The key ${id} (${name}) is revoked`);
  });
}

/** Exit code 2 when DATA_DIR or the configuration is wrong, or there is no such key. */
async function withKeys(command: Command, act: (keys: KeyFile) => void | Promise<void>): Promise<void> {
  let keys: KeyFile | undefined;
  // Files created in DATA_DIR are for this user only.
  process.umask(0o077);
  try {
    const options = { abortOnError: false, logger: false } as const;
    const context = await NestFactory.createApplicationContext(GatewayConfigModule, options);
    const { dataDir } = context.get(GatewayConfig).storage;
    refuseRestoring(resolve(dataDir));
    keys = KeyFile.in(dataDir);
    if (keys.damagedFile !== undefined)
      say(`keys.db was damaged and was moved to ${keys.damagedFile}; the new one has no keys yet`);
    await act(keys);
  } catch (error) {
    command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  } finally {
    keys?.close();
  }
}

/** A running gateway polls this often, so after the wait it knows of the change. */
async function untilGatewayKnows(): Promise<void> {
  await sleep(2 * POLL_INTERVAL_MS);
}

/** On standard error, so that scripts can read the secret from standard output. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function identifier(text: string): string {
  if (!isIdentifier(text))
    throw new InvalidArgumentError('It must be 1 to 128 characters, with no space at either end.');
  return text;
}

function newName(text: string): string {
  if (!isNewIdentifier(text))
    throw new InvalidArgumentError(
      'It must be 1 to 128 characters, with no space at either end and no invisible characters.',
    );
  return text;
}

function several(text: string, before: string[] = []): string[] {
  return [...before, identifier(text)];
}

function time(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return Date.now() + durationMs;
  const timestampUs = parseTimestampText(text);
  if (timestampUs === undefined) {
    const hint = hintForTime(text);
    throw new InvalidArgumentError(
      `It must be a time such as 2027-01-30T00:00:00Z or a duration such as 90d${hint === undefined ? '' : `; ${hint}`}.`,
    );
  }
  return Math.floor(timestampUs / 1000);
}

function seconds(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of seconds.');
  return Number(text);
}

function rate(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number from 0 on.');
  return value;
}
