import { Logger } from '@nestjs/common';

import type { ExpiryClock } from '../clock/expiry-clock.js';
import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { AuthConfig } from '../common/config/sections/auth.config.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import { StartError } from '../common/errors/start-error.js';
import { CallError } from '../common/errors/call-error.js';
import { isLoopback } from '../http/server/client-network.js';
import type { KeyStorage, MadeKey, StoredKeys } from './key-storage.js';
import { hashSecret, type Key, type NewKey, type Secret, stateOf } from './key.js';

/** How often the gateway looks for changes that others made. */
export const POLL_INTERVAL_MS = 100;
/** How often the times of last use are saved. */
const SAVE_USES_INTERVAL_MS = 10_000;

/** The key from the configuration. */
const CONFIGURED = { id: 'ADMIN_KEY', name: 'ADMIN_KEY', role: 'admin' } as const;

/** A secret that a client sent, and the key that it belongs to. */
export interface Credential {
  readonly key: Key;
  readonly secret: Secret;
}

/** A change of the keys, whether this process or another one made it. */
export interface KeysChange {
  readonly before: ReadonlyMap<string, Key>;
  readonly after: ReadonlyMap<string, Key>;
}

/** The keys in memory. It sees changes that others make to their storage. */
export class KeyRing {
  private readonly logger = new Logger(KeyRing.name);
  private keys: ReadonlyMap<string, Key> = new Map();
  /** By the hash of the secret. */
  private secrets = new Map<string, Credential>();
  private readonly lastUsed = new Map<string, number>();
  private readonly unsavedUses = new Map<string, number>();
  private readonly listeners: ((change: KeysChange) => void)[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private version: string | undefined;
  private hasKeys = false;
  private polling: Promise<void> | undefined;
  private isBroken = false;
  /** What is wrong with the storage, one sentence each, as log messages. */
  readonly damages: string[] = [];

  private constructor(
    private readonly storage: KeyStorage,
    private readonly config: AuthConfig,
    private readonly clock: ExpiryClock,
  ) {}

  /**
   * @throws StartError when the gateway would listen on a network without a key and without AUTH=off
   * @throws CallError when the keys cannot be read
   */
  static async open(config: GatewayConfig, storage: KeyStorage, clock: ExpiryClock): Promise<KeyRing> {
    const ring = new KeyRing(storage, config.auth, clock);
    await ring.load();
    if (config.auth.mode === 'off' || ring.isProtected || isLoopback(config.server.host)) return ring;
    await storage.close();
    throw new StartError(
      `There is no key yet, and with HOST ${config.server.host} everyone on the network could use the gateway. Do one of these:\n` +
        '  - make a key: npm run keys -- create --name NAME --role admin (or set ADMIN_KEY or ADMIN_KEY_FILE)\n' +
        '  - serve everyone without keys: set AUTH=off',
    );
  }

  /** The time by which keys expire, milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.clock.nowMs;
  }

  /** Whether requests need a key. Once a key was made it stays so, unless AUTH is off. */
  get isProtected(): boolean {
    return this.hasKeys && this.config.mode !== 'off';
  }

  /** All keys that were ever made, the oldest first, without the configured one. */
  all(): Key[] {
    return [...this.keys.values()].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  }

  /** When a key was last used, milliseconds since the Unix epoch. */
  lastUsedMs(id: string): number | undefined {
    return this.lastUsed.get(id);
  }

  /**
   * Finds the key of a secret, and remembers when it was used.
   * @throws GatewayError KEY_INVALID. It says why only to a client whose secret was valid before
   */
  find(secret: string): Credential {
    const found = this.tryFind(secret);
    if (typeof found === 'string') throw new GatewayError('KEY_INVALID', found, { headers: CHALLENGE });
    return found;
  }

  /** As find(), but returns why the secret is not valid. */
  tryFind(secret: string): Credential | string {
    const credential = this.secrets.get(hashSecret(secret));
    if (!credential) return 'Unknown API key';
    const problem = problemOf(credential, this.nowMs);
    if (problem !== undefined) return problem;
    if (credential.key.id !== CONFIGURED.id) {
      const nowMs = Date.now();
      this.lastUsed.set(credential.key.id, nowMs);
      this.unsavedUses.set(credential.key.id, nowMs);
    }
    return credential;
  }

  /** Whether a credential that was found before is still valid. */
  isValid({ secret }: Credential): boolean {
    const current = this.secrets.get(secret.hash);
    return current !== undefined && problemOf(current, this.nowMs) === undefined;
  }

  /** Calls the listener after every change. */
  onChange(listener: (change: KeysChange) => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.every(POLL_INTERVAL_MS, () => this.poll());
    this.every(SAVE_USES_INTERVAL_MS, () => this.saveUses());
  }

  /** @throws GatewayError TOO_MANY_KEYS or KEYS_UNAVAILABLE */
  async create(key: NewKey): Promise<MadeKey> {
    return this.change(() => this.storage.create(key));
  }

  /** @throws GatewayError KEY_NOT_FOUND, KEY_REVOKED or KEYS_UNAVAILABLE */
  async rotate(id: string, graceMs: number): Promise<MadeKey> {
    const { nowMs } = this;
    const grace = { nowMs, endsMs: graceMs > 0 ? Math.ceil(this.clock.after(graceMs)) : nowMs };
    return this.change(() => this.storage.rotate(id, grace));
  }

  /** @throws GatewayError KEY_NOT_FOUND or KEYS_UNAVAILABLE */
  async revoke(id: string): Promise<void> {
    await this.change(() => this.storage.revoke(id));
  }

  /** May be called twice. */
  async close(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await this.polling;
    await this.saveUses();
    await this.storage.close();
  }

  /** The change is in effect for every request that arrives after this returns. */
  private async change<T>(act: () => Promise<T>): Promise<T> {
    try {
      const result = await act();
      this.apply(await this.storage.read(this.version));
      return result;
    } catch (error) {
      throw toGatewayError(error);
    }
  }

  private async load(): Promise<void> {
    if (this.config.adminKey !== '') await this.storage.protect();
    const keys = await this.storage.read();
    if (!keys) return;
    if (this.storage.damagedFile !== undefined)
      this.damages.push(
        `${this.storage.label} was damaged and was moved to ${this.storage.damagedFile}: its keys are lost, and every request needs a new key`,
      );
    else if (keys.wasMissing)
      this.damages.push(`${this.storage.label} is missing, and so is every key that was made`);
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
      this.apply(await this.storage.read(this.version));
      this.isBroken = false;
    } catch (error) {
      // The known keys stay valid. Logged once, not ten times a second.
      if (!this.isBroken)
        this.logger.error(`${this.storage.label} cannot be read: ${(error as Error).message}`);
      this.isBroken = true;
    }
  }

  private async saveUses(): Promise<void> {
    const uses = [...this.unsavedUses];
    if (uses.length === 0) return;
    this.unsavedUses.clear();
    try {
      await this.storage.saveUses(uses);
    } catch (error) {
      this.logger.warn(`Cannot save when keys were last used: ${(error as Error).message}`);
    }
  }

  private apply(contents: StoredKeys | undefined): void {
    if (!contents || contents.version === this.version) return;
    const before = this.keys;
    const secrets = new Map<string, Credential>();
    const add = (key: Key): void => {
      for (const secret of key.secrets) secrets.set(secret.hash, { key, secret });
    };
    for (const id of contents.lost) {
      const damage = `The key ${id} is damaged in ${this.storage.label} and is not valid`;
      if (!this.damages.includes(damage)) this.damages.push(damage);
    }
    for (const { key } of contents.keys) add(key);
    if (this.config.adminKey !== '') add(configuredKey(this.config.adminKey));
    this.secrets = secrets;
    this.keys = new Map(contents.keys.map(({ key }) => [key.id, key]));
    this.version = contents.version;
    this.hasKeys = contents.isProtected;
    for (const listener of this.listeners) listener({ before, after: this.keys });
  }
}

/** Tells clients how to send a key: RFC 9110, section 11.6.1. */
export const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="PredictionX"' } as const;

function configuredKey(secret: string): Key {
  return { ...CONFIGURED, createdMs: 0, secrets: [{ hash: hashSecret(secret) }] };
}

function problemOf({ key, secret: { endsMs = Infinity } }: Credential, nowMs: number): string | undefined {
  const state = stateOf(key, nowMs);
  if (state === 'revoked') return `The key ${key.id} was revoked`;
  if (state === 'expired') return `The key ${key.id} expired ${at(key.expiresMs)}`;
  return endsMs <= nowMs
    ? `The key ${key.id} was rotated, and this old secret expired ${at(endsMs)}`
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
    `The gateway cannot read or write its keys now (${code || 'unknown reason'})`,
    5,
    error,
  );
}
