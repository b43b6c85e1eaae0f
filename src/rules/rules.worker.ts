import { detectorFactory } from './anomaly/create-detector.js';
import type { EpisodeState } from './anomaly/episodes.js';
import { decodeEntry, type Entry } from '../journal/entry.js';
import type { Position } from '../journal/journal-entry.js';
import type { ForgottenSensor } from '../registry/sensor.js';
import type { SystemEvent } from '../model/system-event.js';
import { serveSqlite } from '../common/workers/serve-sqlite.js';
import type { SavedWatch } from './anomaly-watch.js';
import { type Accepted, Evaluator } from './evaluator.js';
import { type NumberedEntries, NumberReader } from './recent-entries.js';
import { judgeAlike, type Rule } from './rule.js';
import { addChecksum, removeChecksum } from '../data-dir/checksum.js';
import { type Watched, WatchedSensor } from './watched-sensor.js';

/** What rules had come to when the gateway ended. */
export interface RulesStart {
  readonly rules: Rule[];
  /** Up to here the journal was judged; undefined when that is not known, and begin() must come first. */
  readonly position: Position | undefined;
  /** The ids of rules that were damaged and are lost. */
  readonly lostRules: readonly string[];
  /** The sensors with which it is not known any more how rules stood. */
  readonly lostSensors: readonly string[];
}

/** What RulesThread asks of its thread. */
export interface RulesCalls extends Record<string, (...args: never[]) => unknown> {
  /**
   * @param identity of the journal's places
   * @param newest the last of them
   */
  start(identity: string, newest: Position): RulesStart;
  /** Begins anew at a place in the journal. */
  begin(position: Position): void;
  /** Takes what is known of sensors there. */
  seed(sensors: readonly Watched[]): void;
  /** What follows in the journal, up to a place. @returns what was found */
  judge(entries: NumberedEntries, position: Position): Promise<SystemEvent[]>;
  /**
   * The same as bytes, one entry behind the other, where among them each ends, its place and how many readings it has: an
   * object for each takes longer to copy. An entry has no bytes where readings are lost.
   * @returns what was found, and how many readings nobody can read
   */
  judgeBytes(
    bodies: Uint8Array,
    ends: Float64Array,
    positions: Float64Array,
    counts: Float64Array,
  ): Promise<{ events: SystemEvent[]; unreadable: number }>;
  /** The sensors that became silent up to a time. */
  tick(nowMs: number): SystemEvent[];
  /** Keeps how rules stand, and up to where. @returns that place */
  checkpoint(): Position;
  /** Keeps a rule, a new one or instead of the one with its id, and how rules stand, all of it or nothing. */
  put(rule: Rule): void;
  delete(ruleId: string): void;
  /** Where that cannot be kept now, it is with the next checkpoint. */
  forget(sensorId: string, position: Position): void;
}

const MIGRATIONS = [
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
];

serveSqlite(MIGRATIONS, (db): RulesCalls => {
  const allRules = db.prepare<[], { id: string; sealed: string }>('SELECT id, rule AS sealed FROM rules');
  const putRule = db.prepare('INSERT OR REPLACE INTO rules (id, rule) VALUES (?, ?)');
  const deleteRule = db.prepare('DELETE FROM rules WHERE id = ?');
  const allSensors = db.prepare<[], { id: string; sealed: string }>(
    'SELECT sensor_id AS id, state AS sealed FROM sensors',
  );
  const putSensor = db.prepare('INSERT OR REPLACE INTO sensors (sensor_id, state) VALUES (?, ?)');
  const deleteSensor = db.prepare('DELETE FROM sensors WHERE sensor_id = ?');
  const deleteSensors = db.prepare('DELETE FROM sensors');
  const allDetectors = db.prepare<[], Omit<SavedWatch, 'episodes'> & { episodes: string }>(
    'SELECT rule_id AS ruleId, sensor_id AS sensorId, detector, episodes FROM detectors',
  );
  const putDetector = db.prepare(
    'INSERT OR REPLACE INTO detectors (rule_id, sensor_id, detector, episodes) VALUES (?, ?, ?, ?)',
  );
  const deleteDetectors = db.prepare('DELETE FROM detectors');
  const deleteDetectorsOfRule = db.prepare('DELETE FROM detectors WHERE rule_id = ?');
  const deleteDetectorsOfSensor = db.prepare('DELETE FROM detectors WHERE sensor_id = ?');
  const allForgotten = db.prepare<[], ForgottenSensor>(
    'SELECT sensor_id AS sensorId, position FROM forgotten',
  );
  const putForgotten = db.prepare('INSERT OR REPLACE INTO forgotten (sensor_id, position) VALUES (?, ?)');
  const dropForgotten = db.prepare('DELETE FROM forgotten WHERE position <= ?');
  const judged = db.prepare<[], { identity: string; position: Position }>(
    'SELECT identity, position FROM judged',
  );
  const deleteJudged = db.prepare('DELETE FROM judged');
  const putJudged = db.prepare('INSERT INTO judged (identity, position) VALUES (?, ?)');

  const rules = new Map<string, Rule>();
  const lostRules: string[] = [];
  for (const { id, sealed } of allRules.all()) {
    const text = removeChecksum(sealed);
    if (text === undefined) lostRules.push(id);
    else rules.set(id, JSON.parse(text) as Rule);
  }
  for (const id of lostRules) deleteRule.run(id);
  const evaluator = new Evaluator(rules.values(), detectorFactory);
  const numbers = new NumberReader();
  /** Those that are forgotten, and that is not kept yet. */
  const unkept = new Map<string, Position>();
  let identity = '';
  let position: Position = 0;

  const writeForgotten = (): void => {
    for (const [sensorId, at] of unkept) {
      deleteSensor.run(sensorId);
      deleteDetectorsOfSensor.run(sensorId);
      putForgotten.run(sensorId, at);
    }
  };
  const writeStates = (): void => {
    writeForgotten();
    dropForgotten.run(position);
    for (const sensor of evaluator.dirty) putSensor.run(sensor.sensorId, addChecksum(sensor.toJson()));
    for (const { ruleId, sensorId, detector, episodes } of evaluator.anomalies.changed())
      putDetector.run(ruleId, sensorId, detector, addChecksum(JSON.stringify(episodes)));
    deleteJudged.run();
    putJudged.run(identity, position);
  };
  const save = (write: () => void): void => {
    db.transaction(write)();
    unkept.clear();
    evaluator.passed(position);
    evaluator.dirty.clear();
    evaluator.anomalies.saved();
  };
  /** One that judges as before goes on where it stands, any other begins anew. */
  const change = (id: string, rule: Rule | undefined): void => {
    const before = rules.get(id);
    const isOther = before !== undefined && !(rule && judgeAlike(before, rule));
    save(() => {
      writeStates();
      if (rule) putRule.run(id, addChecksum(JSON.stringify(rule)));
      else deleteRule.run(id);
      if (!isOther) return;
      for (const sensor of evaluator.unsettledBy(id))
        putSensor.run(sensor.sensorId, addChecksum(sensor.toJson(id)));
      deleteDetectorsOfRule.run(id);
    });
    if (rule) rules.set(id, rule);
    else rules.delete(id);
    evaluator.setRules(rules.values(), isOther ? [id] : []);
  };

  return {
    start: (name, newest) => {
      const known = judged.get();
      const lostSensors: string[] = [];
      const start = { rules: [...rules.values()], lostRules, lostSensors };
      identity = name;
      if (known?.identity !== name || known.position > newest) return { ...start, position: undefined };
      ({ position } = known);
      for (const { id, sealed } of allSensors.iterate()) {
        const state = removeChecksum(sealed);
        if (state === undefined) lostSensors.push(id);
        else evaluator.restore(WatchedSensor.fromJson(id, state));
      }
      for (const { episodes: sealed, ...watch } of allDetectors.iterate()) {
        const rule = rules.get(watch.ruleId);
        const episodes = removeChecksum(sealed);
        if (rule?.kind !== 'anomaly' || episodes === undefined) continue;
        evaluator.anomalies.restore(rule, { ...watch, episodes: JSON.parse(episodes) as EpisodeState });
      }
      for (const sensorId of lostSensors) deleteSensor.run(sensorId);
      for (const { sensorId, position: at } of allForgotten.all()) evaluator.forget(sensorId, at);
      return { ...start, position };
    },
    begin: (at) => {
      db.transaction(() => {
        deleteSensors.run();
        deleteDetectors.run();
        dropForgotten.run(Infinity);
        deleteJudged.run();
      })();
      position = at;
    },
    seed: (sensors) => {
      for (const sensor of sensors) {
        const watched = WatchedSensor.of(sensor, position);
        evaluator.restore(watched);
        evaluator.dirty.add(watched);
      }
    },
    judge: async (entries, end) => {
      const events = await evaluator.take(numbers.read(entries));
      position = end;
      return events;
    },
    judgeBytes: async (bodies, ends, positions, counts) => {
      let unreadable = 0;
      const accepted = toAccepted(bodies, ends, positions, counts, (count) => (unreadable += count));
      const events = await evaluator.take(accepted);
      position = positions.at(-1) ?? position;
      return { events, unreadable };
    },
    tick: (nowMs) => evaluator.tick(nowMs),
    checkpoint: () => {
      save(writeStates);
      return position;
    },
    put: (rule) => {
      change(rule.id, rule);
    },
    delete: (ruleId) => {
      change(ruleId, undefined);
    },
    forget: (sensorId, at) => {
      if (!evaluator.forget(sensorId, at) && at <= position) return;
      unkept.set(sensorId, at);
      db.transaction(writeForgotten)();
      unkept.clear();
    },
  };
});

/** Dead letters that are tried again were judged when they were accepted. */
function* toAccepted(
  bodies: Uint8Array,
  ends: Float64Array,
  positions: Float64Array,
  counts: Float64Array,
  onUnreadable: (count: number) => void,
): Generator<Accepted> {
  let begin = 0;
  for (const [index, position] of positions.entries()) {
    const body = bodies.subarray(begin, ends[index]);
    begin += body.length;
    const count = counts[index] ?? NaN;
    const entry = body.length === 0 ? NOTHING : decodeEntry(body, count);
    if (!entry) onUnreadable(count);
    const { acceptedMs, readings, replayed } = entry ?? NOTHING;
    if (!replayed) yield { acceptedMs, readings, position };
  }
}

const NOTHING: Entry = { acceptedMs: 0, readings: [] };
