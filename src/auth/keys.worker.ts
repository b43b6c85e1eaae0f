import { workerData } from 'node:worker_threads';

import { serveCalls } from '../common/workers/serve-calls.js';
import type { SqliteOptions } from '../common/disk/open-sqlite.js';
import { KeyFile, type KeyFileContents, type MadeKey } from './key-file.js';
import type { Grace, Key, NewKey } from './key.js';

/** The calls that KeyRing makes to its thread. */
export interface KeyCalls extends Record<string, (...args: never[]) => unknown> {
  read(knownVersion: string | undefined): KeyFileContents | undefined;
  create(key: NewKey): MadeKey;
  rotate(id: string, grace: Grace): MadeKey;
  revoke(id: string): Key;
  protect(): void;
  saveUses(uses: readonly (readonly [string, number])[]): void;
}

const { path, aside } = workerData as SqliteOptions;
const file = new KeyFile(path, aside);
const calls: KeyCalls = {
  read: (knownVersion) => file.read(knownVersion),
  create: (key) => file.create(key),
  rotate: (id, grace) => file.rotate(id, grace),
  revoke: (id) => file.revoke(id),
  protect: () => {
    file.protect();
  },
  saveUses: (uses) => {
    file.saveUses(uses);
  },
};
serveCalls(
  calls,
  () => {
    file.close();
  },
  file.damagedFile,
);
