import { workerData } from 'node:worker_threads';

import { serveCalls } from '../common/workers/serve-calls.js';
import type { SqliteOptions } from '../common/disk/open-sqlite.js';
import { KeyFile } from './key-file.js';
import type { KeyCalls } from './local-key-storage.js';

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
