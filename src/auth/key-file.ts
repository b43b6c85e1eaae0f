import { basename, dirname, resolve } from 'node:path';

import type Database from 'better-sqlite3';

import { ensureFolder } from '../data-dir/ensure-folder.js';
import { addChecksum, removeChecksum } from '../data-dir/checksum.js';
import { StartError } from '../common/errors/start-error.js';
import { explainDiskError } from '../common/disk/explain-disk-error.js';
import { openSqlite } from '../common/disk/open-sqlite.js';
import { kindOf } from '../common/disk/put-aside.js';
import { hashSecret, type Key, makeKeyId, makeSecret, type NewKey, rotateSecret } from './key.js';
import { isProtected, protect } from './protection-marker.js';

export const KEY_FILE = 'keys.db';
/** The most keys that are kept, revoked ones included. */
const MAX_KEYS = 100_000;

const MIGRATIONS = [
  `CREATE TABLE keys (id TEXT PRIMARY KEY, key TEXT NOT NULL, last_used_ms INTEGER) WITHOUT ROWID;`,
];

/** A key and when it was last used, milliseconds since the Unix epoch. */
export interface StoredKey {
  readonly key: Key;
  readonly lastUsedMs: number | undefined;
}

/** What the file holds. */
export interface KeyFileContents {
  /** Changes with the file's contents; to be given to read() the next time. */
  readonly version: string;
  readonly keys: readonly StoredKey[];
  /** The ids of keys whose rows are damaged: they open nothing. */
  readonly lost: readonly string[];
  /** Whether a key was ever made here. */
  readonly isProtected: boolean;
  /** Whether the file was gone when it was opened, although a key had been made. */
  readonly wasMissing: boolean;
}

/** A key and its secret, which is told this once. */
export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

/** There is no such key, or it can't be changed any more; the message says which. */
export class KeyError extends Error {
  constructor(
    message: string,
    readonly code: 'KEY_NOT_FOUND' | 'KEY_REVOKED' | 'TOO_MANY_KEYS',
  ) {
    super(message);
  }
}

/**
 * The keys below DATA_DIR. Several processes may have it open: the gateway, and the command line beside it.
 * Every change is on disk before it is answered.
 */
export class KeyFile {
  private readonly db: Database.Database;
  private readonly folder: string;
  private ownChanges = 0;
  /** Where the file that was found damaged is kept now. */
  readonly damagedFile: string | undefined;
  /** Whether the file was gone, although a key had been made here. */
  readonly wasMissing: boolean;

  /**
   * @param path made when it is missing
   * @param aside the folder for damaged files
   * @throws Error saying why it cannot be opened, with SQLite's or the system's code
   */
  constructor(
    path: string,
    aside: string,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.folder = dirname(path);
    ensureFolder(this.folder);
    this.wasMissing = isProtected(this.folder) && kindOf(path) === 'missing';
    const prepare = (file: Database.Database): unknown =>
      file.prepare('SELECT id, key, last_used_ms FROM keys');
    // Nothing says any more that no key was ever made, so nobody is served without one.
    const onDamage = (): void => {
      this.protect();
    };
    const { db, damagedFile } = openSqlite({ path, aside }, MIGRATIONS, prepare, { onDamage });
    this.db = db;
    this.damagedFile = damagedFile;
  }

  /**
   * Opens the keys of a DATA_DIR.
   * @throws StartError saying why they cannot be opened, and what to do
   */
  static in(dataDir: string): KeyFile {
    const path = resolve(dataDir, KEY_FILE);
    try {
      return new KeyFile(path, resolve(dataDir, 'damaged'));
    } catch (error) {
      throw error instanceof StartError
        ? error
        : new StartError(explainDiskError(path, error), { cause: error });
    }
  }

  /** @returns undefined when nothing has changed since the version that is known */
  read(known?: string): KeyFileContents | undefined {
    const version = this.version;
    if (version === known) return undefined;
    const keys: StoredKey[] = [];
    const lost: string[] = [];
    const rows = this.db.prepare<[], Row>('SELECT id, key, last_used_ms AS lastUsedMs FROM keys').all();
    for (const { id, key: sealed, lastUsedMs } of rows) {
      const text = removeChecksum(sealed);
      if (text === undefined) lost.push(id);
      else keys.push({ key: JSON.parse(text) as Key, lastUsedMs: lastUsedMs ?? undefined });
    }
    const { wasMissing } = this;
    return { version, keys, lost, isProtected: rows.length > 0 || isProtected(this.folder), wasMissing };
  }

  /** @throws KeyError TOO_MANY_KEYS */
  create(wanted: NewKey): MadeKey {
    const secret = makeSecret();
    const key: Key = {
      ...wanted,
      id: makeKeyId(),
      createdMs: this.nowMs(),
      secrets: [{ hash: hashSecret(secret) }],
    };
    // First, so that there is no moment in which there is a key and no mark.
    this.protect();
    this.change(() => {
      const count = this.db.prepare('SELECT count(*) FROM keys').pluck().get() as number;
      if (count >= MAX_KEYS)
        throw new KeyError(`There are ${MAX_KEYS} keys already, which is the most`, 'TOO_MANY_KEYS');
      this.put(key);
    });
    return { key, secret };
  }

  /**
   * Gives a key a new secret; the old one is good for a time yet.
   * @throws KeyError KEY_NOT_FOUND or KEY_REVOKED
   */
  rotate(id: string, graceMs: number): MadeKey {
    const secret = makeSecret();
    const key = this.change(() => {
      const before = this.get(id);
      if (before.revokedMs !== undefined)
        throw new KeyError(`The key ${id} is revoked; make a new one`, 'KEY_REVOKED');
      return this.put(rotateSecret(before, hashSecret(secret), this.nowMs(), graceMs));
    });
    return { key, secret };
  }

  /**
   * Refuses a key from now on; revoking it again changes nothing.
   * @throws KeyError KEY_NOT_FOUND
   */
  revoke(id: string): Key {
    return this.change(() => {
      const key = this.get(id);
      return key.revokedMs === undefined ? this.put({ ...key, revokedMs: this.nowMs() }) : key;
    });
  }

  /** Notes for good that nobody is served without a key. */
  protect(): void {
    protect(this.folder);
  }

  /** Notes when keys were last used. */
  saveUses(uses: readonly (readonly [id: string, atMs: number])[]): void {
    const note = this.db.prepare<[number, string]>('UPDATE keys SET last_used_ms = ? WHERE id = ?');
    this.db.transaction(() => {
      for (const [id, atMs] of uses) note.run(atMs, id);
    })();
  }

  close(): void {
    this.db.close();
  }

  /** SQLite's data_version changes with the commits of others, not with those of this connection. */
  private get version(): string {
    return `${String(this.db.pragma('data_version', { simple: true }))}.${this.ownChanges}`;
  }

  /** Reads and writes as one step that no other process can come between. */
  private change<T>(act: () => T): T {
    const result = this.db.transaction(act).immediate();
    this.ownChanges += 1;
    return result;
  }

  private get(id: string): Key {
    const sealed = this.db.prepare<[string], string>('SELECT key FROM keys WHERE id = ?').pluck().get(id);
    if (sealed === undefined) throw new KeyError(`There is no key ${id}`, 'KEY_NOT_FOUND');
    const text = removeChecksum(sealed);
    if (text === undefined)
      throw new KeyError(`The key ${id} is damaged in ${basename(this.db.name)}`, 'KEY_NOT_FOUND');
    return JSON.parse(text) as Key;
  }

  private put(key: Key): Key {
    this.db
      .prepare<[string, string]>(
        'INSERT INTO keys (id, key) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET key = excluded.key',
      )
      .run(key.id, addChecksum(JSON.stringify(key)));
    return key;
  }
}

interface Row {
  readonly id: string;
  readonly key: string;
  readonly lastUsedMs: number | null;
}
