import type Database from 'better-sqlite3';

import { openSqlite, type SqliteOptions } from '../common/disk/open-sqlite.js';
import { addChecksum, removeChecksum } from '../data-dir/checksum.js';
import type { EpisodeState } from './anomaly/episodes.js';
import type { SavedWatch } from './anomaly-watch.js';
import type { Forget } from './forget-queue.js';
import type { Rule } from './rule.js';
import { type Progress, type RuleChange, type RulesCheckpoint, RuleStorage } from './rule-storage.js';
import type { RunningTimeState } from './running-time.js';
import { WatchedSensor } from './watched-sensor.js';

export const MIGRATIONS = [
  `CREATE TABLE rules (id TEXT PRIMARY KEY, rule TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE sensors (sensor_id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE detectors (
     rule_id TEXT NOT NULL,
     sensor_id TEXT NOT NULL,
     detector BLOB NOT NULL,
     episodes TEXT NOT NULL,
     PRIMARY KEY (rule_id, sensor_id)
   );
   CREATE INDEX detectors_by_sensor ON detectors (sensor_id);
   CREATE TABLE judged (identity TEXT NOT NULL, position INTEGER NOT NULL);`,
  'CREATE TABLE forgotten (sensor_id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;',
  'CREATE TABLE running_time (state TEXT NOT NULL);',
  // A sensor can be forgotten again before the rules come as far as the first time.
  `ALTER TABLE forgotten RENAME TO earlier;
   CREATE TABLE forgotten (
     sensor_id TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (sensor_id, position)
   ) WITHOUT ROWID;
   INSERT INTO forgotten (sensor_id, position) SELECT sensor_id, position FROM earlier;
   DROP TABLE earlier;`,
];

/** Sensors of one statement. More make no difference. */
const SENSORS_PER_STATEMENT = 20;

interface DetectorRow extends Omit<SavedWatch, 'episodes'> {
  readonly episodes: string;
}

/** The rules in rules.db. SQLite has no checksums, so each text carries its own. */
export class LocalRuleStorage extends RuleStorage {
  readonly rules = new Map<string, Rule>();
  readonly lostRules: string[] = [];
  readonly progress: Progress | undefined;
  readonly runningTime: RunningTimeState | undefined;
  private readonly statements: ReturnType<typeof prepareRuleStatements>;
  private damaged: string | undefined;

  private constructor(private readonly db: Database.Database) {
    super();
    this.statements = prepareRuleStatements(db);
    this.takeRules();
    this.progress = this.statements.progress.get();
    const time = removeChecksum(this.statements.runningTime.get()?.text ?? '');
    if (time !== undefined) this.runningTime = JSON.parse(time) as RunningTimeState;
  }

  /**
   * @param file which is created when it is missing
   * @throws Error that says why it cannot be opened, with SQLite's or the system's code
   */
  static open(file: SqliteOptions): LocalRuleStorage {
    const { prepared, damagedFile } = openSqlite(file, MIGRATIONS, (db) => new LocalRuleStorage(db));
    prepared.damaged = damagedFile;
    return prepared;
  }

  /** Where a damaged file was moved to; undefined when the file was sound. */
  get damagedFile(): string | undefined {
    return this.damaged;
  }

  takeSensors(take: (sensor: WatchedSensor) => void): string[] {
    const lost: string[] = [];
    for (const { id, text } of this.statements.allSensors.iterate()) {
      const json = removeChecksum(text);
      if (json === undefined) lost.push(id);
      else take(WatchedSensor.fromJson(id, json));
    }
    for (const id of lost) this.statements.deleteSensor.run(id);
    return lost;
  }

  takeDetectors(take: (watch: SavedWatch) => void): void {
    for (const { episodes, ...watch } of this.statements.allDetectors.iterate()) {
      const json = removeChecksum(episodes);
      if (json !== undefined) take({ ...watch, episodes: JSON.parse(json) as EpisodeState });
    }
  }

  forgets(): Forget[] {
    return this.statements.allForgotten.all();
  }

  save(checkpoint: RulesCheckpoint, change?: RuleChange): void {
    const { progress, runningTime, forgets, sensors, startedOver, watches } = checkpoint;
    this.transaction(() => {
      for (const forget of forgets) {
        if (forget.position > progress.position) this.forget(forget);
        else this.deleteState(forget.sensorId);
      }
      this.statements.deleteForgotten.run(progress.position);
      this.putSensors(sensors);
      for (const sensorId of startedOver) this.statements.deleteDetectorsOfSensor.run(sensorId);
      for (const watch of watches) this.putDetector(watch);
      this.statements.deleteProgress.run();
      this.statements.putProgress.run(progress.identity, progress.position);
      this.putRunningTime(runningTime);
      if (change) this.change(change);
    });
  }

  saveRules(rules: Iterable<Rule>, runningTime: RunningTimeState): void {
    this.transaction(() => {
      for (const rule of rules) this.putRule(rule);
      this.putRunningTime(runningTime);
    });
  }

  saveTime(runningTime: RunningTimeState): void {
    this.transaction(() => {
      this.putRunningTime(runningTime);
    });
  }

  forget({ sensorId, position }: Forget): void {
    this.statements.putForgotten.run(sensorId, position);
  }

  reset(): void {
    this.transaction(() => {
      this.statements.deleteSensors.run();
      this.statements.deleteDetectors.run();
      this.statements.deleteForgotten.run(Infinity);
      this.statements.deleteProgress.run();
    });
  }

  close(): void {
    this.db.close();
  }

  private transaction(change: () => void): void {
    this.db.transaction(change)();
  }

  private takeRules(): void {
    for (const { id, text } of this.statements.allRules.all()) {
      const json = removeChecksum(text);
      if (json === undefined) this.lostRules.push(id);
      else this.rules.set(id, JSON.parse(json) as Rule);
    }
    for (const id of this.lostRules) this.statements.deleteRule.run(id);
  }

  private change({ id, rule, startsOverWith }: RuleChange): void {
    if (rule) this.putRule(rule);
    else this.statements.deleteRule.run(id);
    if (!startsOverWith) return;
    this.putSensors(startsOverWith, id);
    this.statements.deleteDetectorsOfRule.run(id);
  }

  private putRule(rule: Rule): void {
    this.statements.putRule.run(rule.id, addChecksum(JSON.stringify(rule)));
  }

  /**
   * Puts them in the order of the table, so that a page with several of them is changed once.
   * @param withoutRule the state of this rule is left out
   */
  private putSensors(sensors: Iterable<WatchedSensor>, withoutRule?: string): void {
    const ordered = [...sensors].sort((a, b) => (a.sensorId < b.sensorId ? -1 : 1));
    for (let at = 0; at < ordered.length; at += SENSORS_PER_STATEMENT) {
      const some = ordered.slice(at, at + SENSORS_PER_STATEMENT);
      const parameters = some.flatMap((sensor) => [sensor.sensorId, addChecksum(sensor.toJson(withoutRule))]);
      if (some.length === SENSORS_PER_STATEMENT) this.statements.putSensors.run(parameters);
      else
        for (let one = 0; one < parameters.length; one += 2)
          this.statements.putSensor.run(parameters.slice(one, one + 2));
    }
  }

  private putDetector({ ruleId, sensorId, detector, episodes }: SavedWatch): void {
    this.statements.putDetector.run(ruleId, sensorId, detector, addChecksum(JSON.stringify(episodes)));
  }

  private deleteState(sensorId: string): void {
    this.statements.deleteSensor.run(sensorId);
    this.statements.deleteDetectorsOfSensor.run(sensorId);
  }

  private putRunningTime(state: RunningTimeState): void {
    this.statements.deleteRunningTime.run();
    this.statements.putRunningTime.run(addChecksum(JSON.stringify(state)));
  }
}

/** Fails when rules.db is not as the migrations made it. */
export function prepareRuleStatements(db: Database.Database) {
  return {
    allRules: db.prepare<[], { id: string; text: string }>('SELECT id, rule AS text FROM rules'),
    putRule: db.prepare('INSERT OR REPLACE INTO rules (id, rule) VALUES (?, ?)'),
    deleteRule: db.prepare('DELETE FROM rules WHERE id = ?'),
    allSensors: db.prepare<[], { id: string; text: string }>(
      'SELECT sensor_id AS id, state AS text FROM sensors',
    ),
    putSensor: db.prepare<[string[]]>('INSERT OR REPLACE INTO sensors (sensor_id, state) VALUES (?, ?)'),
    putSensors: db.prepare<[string[]]>(
      `INSERT OR REPLACE INTO sensors (sensor_id, state) VALUES ${Array<string>(SENSORS_PER_STATEMENT).fill('(?, ?)').join(', ')}`,
    ),
    deleteSensor: db.prepare('DELETE FROM sensors WHERE sensor_id = ?'),
    deleteSensors: db.prepare('DELETE FROM sensors'),
    allDetectors: db.prepare<[], DetectorRow>(
      'SELECT rule_id AS ruleId, sensor_id AS sensorId, detector, episodes FROM detectors',
    ),
    putDetector: db.prepare(
      'INSERT OR REPLACE INTO detectors (rule_id, sensor_id, detector, episodes) VALUES (?, ?, ?, ?)',
    ),
    deleteDetectors: db.prepare('DELETE FROM detectors'),
    deleteDetectorsOfRule: db.prepare('DELETE FROM detectors WHERE rule_id = ?'),
    deleteDetectorsOfSensor: db.prepare('DELETE FROM detectors WHERE sensor_id = ?'),
    allForgotten: db.prepare<[], Forget>('SELECT sensor_id AS sensorId, position FROM forgotten'),
    putForgotten: db.prepare('INSERT OR REPLACE INTO forgotten (sensor_id, position) VALUES (?, ?)'),
    deleteForgotten: db.prepare('DELETE FROM forgotten WHERE position <= ?'),
    progress: db.prepare<[], Progress>('SELECT identity, position FROM judged'),
    runningTime: db.prepare<[], { text: string }>('SELECT state AS text FROM running_time'),
    deleteRunningTime: db.prepare('DELETE FROM running_time'),
    putRunningTime: db.prepare('INSERT INTO running_time (state) VALUES (?)'),
    deleteProgress: db.prepare('DELETE FROM judged'),
    putProgress: db.prepare('INSERT INTO judged (identity, position) VALUES (?, ?)'),
    adoptProgress: db.prepare<[identity: string, before: string]>(
      'UPDATE judged SET identity = ? WHERE identity = ?',
    ),
  };
}
