import { workerData } from 'node:worker_threads';

import type { SqliteOptions } from '../common/disk/open-sqlite.js';
import { serveCalls } from '../common/workers/serve-calls.js';
import { LocalRuleStorage } from './local-rule-storage.js';
import { rulesCalls } from './rules-calls.js';

const storage = LocalRuleStorage.open(workerData as SqliteOptions);
serveCalls(
  rulesCalls(storage),
  () => {
    storage.close();
  },
  storage.damagedFile,
);
