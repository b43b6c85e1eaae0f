import { Logger } from '@nestjs/common';

import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { AuthConfig } from '../common/config/sections/auth.config.js';
import { type DataDir } from '../data-dir/data-dir.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import { StartError } from '../common/errors/start-error.js';
import { CallThread } from '../common/workers/call-thread.js';
import { CallError } from '../common/errors/call-error.js';
import { isLoopback } from '../common/validation/client-network.js';
import { KEY_FILE, type KeyFileContents, type MadeKey } from './key-file.js';
import type { KeyCalls } from './keys.worker.js';
import { hashSecret, type Key, type NewKey, type Secret, stateOf } from './key.js';

/** So often changes that others made to the file are looked for. */
export const POLL_INTERVAL_MS = 100;
/** So often it is noted when keys were last used. */
const SAVE_USES_INTERVAL_MS = 10_000;

/** The key that the configuration names. */
const CONFIGURED = { id: 'ADMIN_KEY', name: 'ADMIN_KEY', role: 'admin' } as const;

/** What a client's secret opens. */
export interface Credential {
  readonly key: Key;
  readonly secret: Secret;
}

/** A change of the keys, by whomever it was made. */
export interface KeysChange {
  readonly before: ReadonlyMap<string, Key>;
  readonly after: ReadonlyMap<string, Key>;
}

/** The keys, in memory; a thread keeps them, and sees what the command line changes beside it. */
export class KeyRing {
  private readonly logger = new Logger(KeyRing.name);
  private keys: ReadonlyMap<string, Key> = new Map();
  private secrets = new Map<string, Credential>();
  private readonly lastUsed = new Map<string, number>();
  private readonly unsavedUses = new Map<string, number>();
  private readonly listeners: ((change: KeysChange) => void)[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private version: string | undefined;
  private hasKeys = false;
  private polling: Promise<void> | undefined;
  private isBroken = false;
  /** What was found wrong with the file at the start, for a person. */
  readonly damages: string[] = [];

  private constructor(
    private readonly thread: CallThread<KeyCalls>,
    private readonly config: AuthConfig,
  ) {}

  /**
   * @throws StartError when the file cannot be opened, and when the gateway would serve everybody on a network
   *   without anybody having said so
   */
  static async open(config: GatewayConfig, dataDir: DataDir): Promise<KeyRing> {
    const script = new URL('./keys.worker.js', import.meta.url);
    const thread = await CallThread.open<KeyCalls>(script, dataDir.file(KEY_FILE), dataDir);
    const ring = new KeyRing(thread, config.auth);
    await ring.load();
    if (config.auth.mode === 'off' || ring.isProtected || isLoopback(config.server.host)) return ring;
    await thread.close();
    throw new StartError(
      `No key was made yet, and HOST ${config.server.host} would let everybody on the network in. Two ways on:\n` +
        '  - make a key: npm run keys -- create --name NAME --role admin (or set ADMIN_KEY or ADMIN_KEY_FILE)\n' +
        '  - serve everybody without keys: AUTH=off',
    );
  }

  /** Whether nobody is served without a key. Once a key was made it stays so, unless AUTH is off. */
  get isProtected(): boolean {
    return this.hasKeys && this.config.mode !== 'off';
  }

  /** All keys that were ever made, the oldest first; the configured one is none of them. */
  all(): Key[] {
    return [...this.keys.values()].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  }

  /** When a key was last used, milliseconds since the Unix epoch. */
  lastUsedMs(id: string): number | undefined {
    return this.lastUsed.get(id);
  }

  /**
   * What a secret opens now; its use is noted.
   * @throws GatewayError KEY_INVALID that says why it opens nothing, to whoever has a secret that once did
   */
  find(text: string): Credential {
    const nowMs = Date.now();
    const opened = this.secrets.get(hashSecret(text));
    const problem = opened ? problemOf(opened, nowMs) : 'The key is none of this gateway';
    if (!opened || problem !== undefined)
      throw new GatewayError('KEY_INVALID', problem ?? '', { headers: CHALLENGE });
    if (opened.key.id !== CONFIGURED.id) {
      this.lastUsed.set(opened.key.id, nowMs);
      this.unsavedUses.set(opened.key.id, nowMs);
    }
    return opened;
  }

  /** Whether what was found before still opens. */
  isValid({ secret }: Credential): boolean {
    const now = this.secrets.get(secret.hash);
    return now !== undefined && problemOf(now, Date.now()) === undefined;
  }

  /** Calls the listener with every change, once it counts. */
  onChange(listener: (change: KeysChange) => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.every(POLL_INTERVAL_MS, () => this.poll());
    this.every(SAVE_USES_INTERVAL_MS, () => this.saveUses());
  }

  /** @throws GatewayError TOO_MANY_KEYS or KEYS_UNAVAILABLE */
  async create(key: NewKey): Promise<MadeKey> {
    return this.change(() => this.thread.call('create', [key]));
  }

  /** @throws GatewayError KEY_NOT_FOUND, KEY_REVOKED or KEYS_UNAVAILABLE */
  async rotate(id: string, graceMs: number): Promise<MadeKey> {
    return this.change(() => this.thread.call('rotate', [id, graceMs]));
  }

  /** @throws GatewayError KEY_NOT_FOUND or KEYS_UNAVAILABLE */
  async revoke(id: string): Promise<void> {
    await this.change(() => this.thread.call('revoke', [id]));
  }

  /** May be called twice. */
  async close(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await this.polling;
    await this.saveUses();
    await this.thread.close();
  }

  /** The change counts for every request that comes after its answer. */
  private async change<T>(act: () => Promise<T>): Promise<T> {
    try {
      const result = await act();
      this.apply(await this.thread.call('read', [this.version]));
      return result;
    } catch (error) {
      throw toGatewayError(error);
    }
  }

  private async load(): Promise<void> {
    if (this.config.adminKey !== '') await this.thread.call('protect', []);
    const keys = await this.thread.call('read', [undefined]);
    if (!keys) return;
    if (this.thread.damagedFile !== undefined)
      this.damages.push(
        `${KEY_FILE} was damaged and is kept as ${this.thread.damagedFile}: its keys are lost, and nobody is served without one`,
      );
    else if (keys.wasMissing) this.damages.push(`${KEY_FILE} is gone, and with it every key that was made`);
    for (const { key, lastUsedMs } of keys.keys)
      if (lastUsedMs !== undefined) this.lastUsed.set(key.id, lastUsedMs);
    this.apply(keys);
  }

  private every(ms: number, act: () => Promise<void>): void {
    this.timers.push(setInterval(() => void act(), ms).unref());
  }

  private async poll(): Promise<void> {
    this.polling ??= this.refresh().finally(() => {
      this.polling = undefined;
    });
    await this.polling;
  }

  private async refresh(): Promise<void> {
    try {
      this.apply(await this.thread.call('read', [this.version]));
      this.isBroken = false;
    } catch (error) {
      // What is known stays good; said once, not ten times a second.
      if (!this.isBroken) this.logger.error(`${KEY_FILE} cannot be read: ${(error as Error).message}`);
      this.isBroken = true;
    }
  }

  private async saveUses(): Promise<void> {
    const uses = [...this.unsavedUses];
    if (uses.length === 0) return;
    this.unsavedUses.clear();
    try {
      await this.thread.call('saveUses', [uses]);
    } catch (error) {
      this.logger.warn(`It cannot be noted when keys were last used: ${(error as Error).message}`);
    }
  }

  private apply(news: KeyFileContents | undefined): void {
    if (!news || news.version === this.version) return;
    const before = this.keys;
    const secrets = new Map<string, Credential>();
    const add = (key: Key): void => {
      for (const secret of key.secrets) secrets.set(secret.hash, { key, secret });
    };
    for (const id of news.lost) {
      const damage = `The key ${id} is damaged in ${KEY_FILE} and opens nothing`;
      if (!this.damages.includes(damage)) this.damages.push(damage);
    }
    for (const { key } of news.keys) add(key);
    if (this.config.adminKey !== '') add(configuredKey(this.config.adminKey));
    this.secrets = secrets;
    this.keys = new Map(news.keys.map(({ key }) => [key.id, key]));
    this.version = news.version;
    this.hasKeys = news.isProtected;
    for (const listener of this.listeners) listener({ before, after: this.keys });
  }
}

/** Tells clients how to sign in: RFC 9110, section 11.6.1. */
export const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="PredictionX"' } as const;

function configuredKey(secret: string): Key {
  return { ...CONFIGURED, createdMs: 0, secrets: [{ hash: hashSecret(secret) }] };
}

function problemOf({ key, secret: { endsMs = Infinity } }: Credential, nowMs: number): string | undefined {
  const state = stateOf(key, nowMs);
  if (state === 'revoked') return `The key ${key.id} was revoked`;
  if (state === 'expired') return `The key ${key.id} expired ${at(key.expiresMs)}`;
  return endsMs <= nowMs
    ? `The key ${key.id} was rotated, and this secret of it ended ${at(endsMs)}`
    : undefined;
}

function at(ms = 0): string {
  return `at ${new Date(ms).toISOString()}`;
}

function toGatewayError(error: unknown): unknown {
  if (!(error instanceof CallError)) return error;
  const { code, message } = error;
  if (code === 'KEY_NOT_FOUND' || code === 'KEY_REVOKED' || code === 'TOO_MANY_KEYS')
    return new GatewayError(code, message);
  return tryAgain(
    'KEYS_UNAVAILABLE',
    `The gateway cannot keep keys now (${code || 'unknown reason'})`,
    5,
    error,
  );
}
