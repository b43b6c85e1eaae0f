import type Database from 'better-sqlite3';

import { addChecksum, removeChecksum } from '../data-dir/checksum.js';
import type { Position } from '../journal/journal-entry.js';
import type { ForgottenSensor } from '../registry/sensor.js';
import type { EpisodeState } from './anomaly/episodes.js';
import type { SavedWatch } from './anomaly-watch.js';
import type { Rule } from './rule.js';
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
];

/** How far the journal was judged; `identity` says which journal that is. */
interface Progress {
  readonly identity: string;
  readonly position: Position;
}

/** Sensors of one statement. More make no difference. */
const SENSORS_PER_STATEMENT = 20;

interface DetectorRow extends Omit<SavedWatch, 'episodes'> {
  readonly episodes: string;
}

/** rules.db: the rules, and the rule state of each sensor. SQLite has no checksums, so each text carries its own. */
export class RulesDatabase {
  private readonly statements: ReturnType<typeof prepare>;

  constructor(private readonly db: Database.Database) {
    this.statements = prepare(db);
  }

  /** Runs several changes as one transaction. */
  transaction(change: () => void): void {
    this.db.transaction(change)();
  }

  /** Reads all rules. Damaged ones are deleted. @returns the rules, and the ids of the damaged ones */
  takeRules(): { rules: Map<string, Rule>; lostRules: string[] } {
    const rules = new Map<string, Rule>();
    const lostRules: string[] = [];
    for (const { id, text } of this.statements.allRules.all()) {
      const json = removeChecksum(text);
      if (json === undefined) lostRules.push(id);
      else rules.set(id, JSON.parse(json) as Rule);
    }
    for (const id of lostRules) this.deleteRule(id);
    return { rules, lostRules };
  }

  putRule(rule: Rule): void {
    this.statements.putRule.run(rule.id, addChecksum(JSON.stringify(rule)));
  }

  deleteRule(id: string): void {
    this.statements.deleteRule.run(id);
  }

  /** @returns each sensor, or its id where its state is damaged */
  *sensors(): Generator<WatchedSensor | string> {
    for (const { id, text } of this.statements.allSensors.iterate()) {
      const json = removeChecksum(text);
      yield json === undefined ? id : WatchedSensor.fromJson(id, json);
    }
  }

  /**
   * Puts them in the order of the table, so that a page with several of them is changed once.
   * @param withoutRule the state of this rule is left out
   */
  putSensors(sensors: Iterable<WatchedSensor>, withoutRule?: string): void {
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

  deleteSensor(sensorId: string): void {
    this.statements.deleteSensor.run(sensorId);
  }

  /** Leaves out the damaged ones: they learn again. */
  *detectors(): Generator<SavedWatch> {
    for (const { episodes, ...watch } of this.statements.allDetectors.iterate()) {
      const json = removeChecksum(episodes);
      if (json !== undefined) yield { ...watch, episodes: JSON.parse(json) as EpisodeState };
    }
  }

  putDetector({ ruleId, sensorId, detector, episodes }: SavedWatch): void {
    this.statements.putDetector.run(ruleId, sensorId, detector, addChecksum(JSON.stringify(episodes)));
  }

  deleteDetectorsOfRule(ruleId: string): void {
    this.statements.deleteDetectorsOfRule.run(ruleId);
  }

  deleteDetectorsOfSensor(sensorId: string): void {
    this.statements.deleteDetectorsOfSensor.run(sensorId);
  }

  /** The sensors that were forgotten, each up to a position. */
  forgotten(): ForgottenSensor[] {
    return this.statements.allForgotten.all();
  }

  /** Deletes the state of a sensor, and records up to where it is forgotten. */
  forget(sensorId: string, position: Position): void {
    this.deleteSensor(sensorId);
    this.deleteDetectorsOfSensor(sensorId);
    this.statements.putForgotten.run(sensorId, position);
  }

  /** All readings up to a position are judged, so none of a forgotten sensor can follow from before it. */
  deleteForgottenUpTo(position: Position): void {
    this.statements.deleteForgotten.run(position);
  }

  get progress(): Progress | undefined {
    return this.statements.progress.get();
  }

  saveProgress({ identity, position }: Progress): void {
    this.statements.deleteProgress.run();
    this.statements.putProgress.run(identity, position);
  }

  /** Undefined when it is damaged, or when only an earlier version of the gateway wrote to the file. */
  get runningTime(): RunningTimeState | undefined {
    const json = removeChecksum(this.statements.runningTime.get()?.text ?? '');
    return json === undefined ? undefined : (JSON.parse(json) as RunningTimeState);
  }

  saveRunningTime(state: RunningTimeState): void {
    this.statements.deleteRunningTime.run();
    this.statements.putRunningTime.run(addChecksum(JSON.stringify(state)));
  }

  /** Deletes everything but the rules and the running time. */
  reset(): void {
    this.transaction(() => {
      this.statements.deleteSensors.run();
      this.statements.deleteDetectors.run();
      this.deleteForgottenUpTo(Infinity);
      this.statements.deleteProgress.run();
    });
  }
}

function prepare(db: Database.Database) {
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
    allForgotten: db.prepare<[], ForgottenSensor>('SELECT sensor_id AS sensorId, position FROM forgotten'),
    putForgotten: db.prepare('INSERT OR REPLACE INTO forgotten (sensor_id, position) VALUES (?, ?)'),
    deleteForgotten: db.prepare('DELETE FROM forgotten WHERE position <= ?'),
    progress: db.prepare<[], Progress>('SELECT identity, position FROM judged'),
    runningTime: db.prepare<[], { text: string }>('SELECT state AS text FROM running_time'),
    deleteRunningTime: db.prepare('DELETE FROM running_time'),
    putRunningTime: db.prepare('INSERT INTO running_time (state) VALUES (?)'),
    deleteProgress: db.prepare('DELETE FROM judged'),
    putProgress: db.prepare('INSERT INTO judged (identity, position) VALUES (?, ?)'),
  };
}
