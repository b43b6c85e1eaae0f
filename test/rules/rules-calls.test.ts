import { join } from 'node:path';

import Database from 'better-sqlite3';

import { GIVEN } from '../../src/model/stamp.js';
import { LocalRuleStorage } from '../../src/rules/local-rule-storage.js';
import { rulesCalls } from '../../src/rules/rules-calls.js';
import { emptyFolder } from '../support/environment.js';

const HOUR_MS = 3_600_000;

describe('rulesCalls()', () => {
  it('saves a forgotten sensor when the call is repeated, because it failed at first', async () => {
    const path = join(emptyFolder(), 'rules.db');
    const storage = LocalRuleStorage.open({ path, aside: undefined });
    const calls = rulesCalls(storage);
    await calls.start('journal', 9, HOUR_MS);
    await calls.begin(9);
    calls.seed([{ sensorId: 's', zone: 'z', value: 1, newestUs: 1, stamp: GIVEN, wasHeard: true }]);
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(calls.forget({ sensorId: 's', position: 10 })).rejects.toHaveProperty('code', 'SQLITE_BUSY');
    other.close();
    await calls.forget({ sensorId: 's', position: 10 });
    storage.close();
    const again = LocalRuleStorage.open({ path, aside: undefined });
    expect(again.forgets()).toEqual([{ sensorId: 's', position: 10 }]);
    again.close();
  });
});
