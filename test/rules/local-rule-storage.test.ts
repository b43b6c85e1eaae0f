import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { adoptJournal } from '../../src/rules/adopt-journal.js';
import { LocalRuleStorage } from '../../src/rules/local-rule-storage.js';
import { WatchedSensor } from '../../src/rules/watched-sensor.js';
import { emptyFolder } from '../support/environment.js';
import { describeRuleStorage } from './rule-storage.contract.js';

const open = (folder: string): LocalRuleStorage =>
  LocalRuleStorage.open({ path: join(folder, 'rules.db'), aside: join(folder, 'damaged') });

describe('LocalRuleStorage', () => {
  describeRuleStorage(() => {
    const folder = emptyFolder();
    return { open: () => Promise.resolve(open(folder)), writerArgs: [join(folder, 'rules.db')] };
  });

  it('moves a damaged file aside', () => {
    const folder = emptyFolder();
    const text = 'this is no database, but long enough to be taken for one';
    writeFileSync(join(folder, 'rules.db'), text);
    const storage = open(folder);
    expect(readFileSync(String(storage.damagedFile), 'utf8')).toBe(text);
    storage.close();
  });

  it('goes on in a restored journal, if it knew the one before', () => {
    const folder = emptyFolder();
    const file = { path: join(folder, 'rules.db'), aside: undefined };
    const storage = open(folder);
    const progress = { identity: 'before', position: 7 };
    const nothing = { forgets: [], sensors: [], startedOver: [], watches: [] };
    storage.save({ ...nothing, progress, runningTime: { nowMs: 1, runs: [] } });
    storage.close();
    const identities = [
      ['other', 'x'],
      ['before', 'after'],
    ] as const;
    for (const [before, identity] of identities) expect(adoptJournal(file, before, identity)).toBeUndefined();
    const restored = open(folder);
    expect(restored.progress).toEqual({ identity: 'after', position: 7 });
    restored.close();
  });

  it('is no storage to restore when a table is missing', () => {
    const folder = emptyFolder();
    open(folder).close();
    const path = join(folder, 'rules.db');
    const db = new Database(path);
    db.exec('DROP TABLE forgotten');
    db.close();
    expect(() => adoptJournal({ path, aside: undefined }, 'before', 'after')).toThrow(/damaged|forgotten/);
  });

  it('says which rules and sensors are damaged, once, and leaves out damaged detectors', () => {
    const folder = emptyFolder();
    const first = open(folder);
    const rule = { id: 'r', name: 'r', zone: 'z', kind: 'silent', afterSeconds: 1, sinceMs: 1 } as const;
    const sensors = ['a', 'b'].map((sensorId) => new WatchedSensor(sensorId, 1));
    const watches = ['a', 'b'].map((sensorId) => ({
      ...{ ruleId: 'r', sensorId, detector: new Uint8Array() },
      episodes: { lowScores: 0 },
    }));
    const progress = { identity: 'i', position: 1 };
    const time = { nowMs: 1, runs: [] };
    const none = { forgets: [], startedOver: [], progress, runningTime: time };
    first.save({ ...none, sensors, watches });
    first.saveRules([rule, { ...rule, id: 'q' }], time);
    first.close();
    const db = new Database(join(folder, 'rules.db'));
    db.exec(`UPDATE rules SET rule = replace(rule, '"id":"r"', '"id":"s"');
      UPDATE sensors SET state = replace(state, '1', '2') WHERE sensor_id = 'b';
      UPDATE detectors SET episodes = episodes || ' ' WHERE sensor_id = 'b';`);
    db.close();
    const damaged = open(folder);
    expect([[...damaged.rules.keys()], damaged.lostRules]).toEqual([['q'], ['r']]);
    const found: string[] = [];
    expect(damaged.takeSensors(({ sensorId }) => found.push(sensorId))).toEqual(['b']);
    damaged.takeDetectors(({ sensorId }) => found.push(sensorId));
    expect(found).toEqual(['a', 'a']);
    damaged.close();
    const repaired = open(folder);
    expect(repaired.lostRules).toEqual([]);
    expect(repaired.takeSensors(() => undefined)).toEqual([]);
    repaired.close();
  });
});
