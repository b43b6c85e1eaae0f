import type { Grace, Key, NewKey } from './key.js';

/** A key and when it was last used, milliseconds since the Unix epoch. */
export interface StoredKey {
  readonly key: Key;
  readonly lastUsedMs: number | undefined;
}

/** All keys that were ever made. */
export interface StoredKeys {
  /** Changes with the keys; the next read() takes it. */
  readonly version: string;
  readonly keys: readonly StoredKey[];
  /** The ids of keys that are damaged; these keys are not valid. */
  readonly lost: readonly string[];
  /** Whether a key was ever made here. */
  readonly isProtected: boolean;
  /** Whether the keys were missing when this was opened, although one had been made. */
  readonly wasMissing: boolean;
}

/** A key and its secret, which is shown only once. */
export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

/**
 * Keeps the keys. Others may change them at the same time, such as the command line. A change can no longer be lost once its call
 * returns. Local implementation: LocalKeyStorage.
 *
 * Each call rejects with a CallError: with the code that it names, or with that of the disk or network when nothing can be read
 * or changed now.
 */
export abstract class KeyStorage {
  /** What messages call it. */
  abstract readonly label: string;

  /** Where it was moved to, because it was found damaged when it was opened; undefined when it was sound. */
  abstract readonly damagedFile: string | undefined;

  /** @returns undefined when nothing has changed since `knownVersion` */
  abstract read(knownVersion?: string): Promise<StoredKeys | undefined>;

  /** Makes a key. Code TOO_MANY_KEYS. */
  abstract create(key: NewKey): Promise<MadeKey>;

  /** Gives a key a new secret; the old one stays valid for a while. Code KEY_NOT_FOUND or KEY_REVOKED. */
  abstract rotate(id: string, grace: Grace): Promise<MadeKey>;

  /** Makes a key invalid from now on; revoking it again changes nothing. Code KEY_NOT_FOUND. */
  abstract revoke(id: string): Promise<Key>;

  /** Records for good that every request needs a key. */
  abstract protect(): Promise<void>;

  /** Saves when keys were last used. */
  abstract saveUses(uses: readonly (readonly [id: string, atMs: number])[]): Promise<void>;

  /** Waits for the calls made so far. May be called twice. */
  abstract close(): Promise<void>;
}
