import { basename, dirname, resolve } from 'node:path';

import type Database from 'better-sqlite3';

import { ensureFolder } from '../data-dir/ensure-folder.js';
import { addChecksum, removeChecksum } from '../data-dir/checksum.js';
import { StartError } from '../common/errors/start-error.js';
import { explainDiskError } from '../common/disk/explain-disk-error.js';
import { openSqlite } from '../common/disk/open-sqlite.js';
import { kindOf } from '../common/disk/put-aside.js';
import type { MadeKey, StoredKey, StoredKeys } from './key-storage.js';
import { type Grace, hashSecret, type Key, makeKeyId, makeSecret, type NewKey, rotateSecret } from './key.js';
import { isProtected, protect } from './protection-marker.js';

export const KEY_FILE = 'keys.db';
/** The most keys that the file may hold, including revoked ones. */
const MAX_KEYS = 100_000;

/** SQL per version of the schema of keys.db. */
export const KEY_MIGRATIONS = [
  `CREATE TABLE keys (id TEXT PRIMARY KEY, key TEXT NOT NULL, last_used_ms INTEGER) WITHOUT ROWID;`,
];

/** There is no such key, or it can no longer be changed; the message says which. */
export class KeyError extends Error {
  constructor(
    message: string,
    readonly code: 'KEY_NOT_FOUND' | 'KEY_REVOKED' | 'TOO_MANY_KEYS',
  ) {
    super(message);
  }
}

/**
 * The keys below DATA_DIR. The gateway and the command line may have the file open at the same time.
 * Every change is on disk before its call returns.
 */
export class KeyFile {
  private readonly db: Database.Database;
  private readonly folder: string;
  private ownChanges = 0;
  /** Where a damaged file was moved to; undefined when the file was sound. */
  readonly damagedFile: string | undefined;
  /** Whether the file was missing, although a key had been made in this folder. */
  readonly wasMissing: boolean;

  /**
   * @param path of the file, which is created when it is missing
   * @param aside the folder for damaged files
   * @throws Error that says why the file cannot be opened, with SQLite's or the system's code
   */
  constructor(
    path: string,
    aside: string | undefined,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.folder = dirname(path);
    ensureFolder(this.folder);
    this.wasMissing = isProtected(this.folder) && kindOf(path) === 'missing';
    const prepare = (file: Database.Database): unknown =>
      file.prepare('SELECT id, key, last_used_ms FROM keys');
    // The damaged file may have held keys, so from now on every request needs one.
    const onDamage = (): void => {
      this.protect();
    };
    const { db, damagedFile } = openSqlite({ path, aside }, KEY_MIGRATIONS, prepare, { onDamage });
    this.db = db;
    this.damagedFile = damagedFile;
  }

  /**
   * Opens the keys of a DATA_DIR.
   * @throws StartError that says why they cannot be opened, and what to do
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

  /** @returns undefined when nothing has changed since `knownVersion` */
  read(knownVersion?: string): StoredKeys | undefined {
    const version = this.version;
    if (version === knownVersion) return undefined;
    const keys: StoredKey[] = [];
    const lost: string[] = [];
    const rows = this.db.prepare<[], Row>('SELECT id, key, last_used_ms AS lastUsedMs FROM keys').all();
    for (const { id, key: checksummed, lastUsedMs } of rows) {
      const text = removeChecksum(checksummed);
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
    // First, so that the marker is on disk before the first key is.
    this.protect();
    this.change(() => {
      const count = this.db.prepare('SELECT count(*) FROM keys').pluck().get() as number;
      if (count >= MAX_KEYS) throw new KeyError(`The limit of ${MAX_KEYS} keys is reached`, 'TOO_MANY_KEYS');
      this.put(key);
    });
    return { key, secret };
  }

  /**
   * Gives a key a new secret; the old one stays valid for a while.
   * @throws KeyError KEY_NOT_FOUND or KEY_REVOKED
   */
  rotate(id: string, grace: Grace): MadeKey {
    const secret = makeSecret();
    const key = this.change(() => {
      const before = this.get(id);
      if (before.revokedMs !== undefined)
        throw new KeyError(`The key ${id} is revoked; make a new one`, 'KEY_REVOKED');
      return this.put(rotateSecret(before, hashSecret(secret), grace));
    });
    return { key, secret };
  }

  /**
   * Makes a key invalid from now on; revoking it again changes nothing.
   * @throws KeyError KEY_NOT_FOUND
   */
  revoke(id: string): Key {
    return this.change(() => {
      const key = this.get(id);
      return key.revokedMs === undefined ? this.put({ ...key, revokedMs: this.nowMs() }) : key;
    });
  }

  /** Records on disk, for good, that every request needs a key. */
  protect(): void {
    protect(this.folder);
  }

  /** Saves when keys were last used. */
  saveUses(uses: readonly (readonly [id: string, atMs: number])[]): void {
    const update = this.db.prepare<[number, string]>('UPDATE keys SET last_used_ms = ? WHERE id = ?');
    this.db.transaction(() => {
      for (const [id, atMs] of uses) update.run(atMs, id);
    })();
  }

  close(): void {
    this.db.close();
  }

  /** SQLite's data_version changes with commits of other connections, not with those of this one. */
  private get version(): string {
    return `${String(this.db.pragma('data_version', { simple: true }))}.${this.ownChanges}`;
  }

  /** Reads and writes in one transaction, so that no other process can write in between. */
  private change<T>(act: () => T): T {
    const result = this.db.transaction(act).immediate();
    this.ownChanges += 1;
    return result;
  }

  private get(id: string): Key {
    const checksummed = this.db
      .prepare<[string], string>('SELECT key FROM keys WHERE id = ?')
      .pluck()
      .get(id);
    if (checksummed === undefined) throw new KeyError(`There is no key ${id}`, 'KEY_NOT_FOUND');
    const text = removeChecksum(checksummed);
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
