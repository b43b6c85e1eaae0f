import { detectorFactory } from './anomaly/create-detector.js';
import { decodeEntry, type Entry } from '../journal/entry-codec.js';
import type { Position } from '../journal/journal-entry.js';
import type { SystemEvent } from '../model/system-event.js';
import { serveSqlite } from '../common/workers/serve-sqlite.js';
import { type Accepted, Evaluator } from './evaluator.js';
import { type PackedEntries, PackedEntryReader } from './recent-entries.js';
import { judgeAlike, type Rule } from './rule.js';
import { MIGRATIONS, RulesDatabase } from './rules-database.js';
import { type Watched, WatchedSensor } from './watched-sensor.js';

/** The rules and their state when the gateway stopped. */
export interface RulesStart {
  readonly rules: Rule[];
  /** The journal was judged up to here. Undefined when that is unknown; begin() must come first then. */
  readonly position: Position | undefined;
  /** The ids of the rules that were damaged and are lost. */
  readonly lostRules: readonly string[];
  /** The sensors whose rule state was damaged and is lost. */
  readonly lostSensors: readonly string[];
}

/** What RulesRunner asks of its thread. */
export interface RulesCalls extends Record<string, (...args: never[]) => unknown> {
  /**
   * @param identity of the journal that positions belong to
   * @param newest the journal's last position
   */
  start(identity: string, newest: Position): RulesStart;
  /** Starts over at a position in the journal. */
  begin(position: Position): void;
  /** Takes what is known about sensors at that position. */
  seed(sensors: readonly Watched[]): void;
  /** Judges the next entries of the journal, up to a position. @returns the events found */
  judge(entries: PackedEntries, position: Position): Promise<SystemEvent[]>;
  /**
   * The same as bytes, one entry behind the other. For each entry: where it ends, its position and how many readings it
   * has. An object for each would take longer to copy. An entry whose readings are lost has no bytes.
   * @returns the events found, and how many readings cannot be read
   */
  judgeBytes(
    bodies: Uint8Array,
    ends: Float64Array,
    positions: Float64Array,
    counts: Float64Array,
  ): Promise<{ events: SystemEvent[]; unreadable: number }>;
  /** @returns events about the sensors that became silent up to a time */
  tick(nowMs: number): SystemEvent[];
  /** Saves the rule state, and up to where the journal is judged. @returns that position */
  checkpoint(): Position;
  /** Saves a new rule, or replaces the one with its id, together with the rule state. */
  put(rule: Rule): void;
  delete(ruleId: string): void;
  /** If this cannot be saved now, the next checkpoint saves it. */
  forget(sensorId: string, position: Position): void;
}

serveSqlite(MIGRATIONS, (db): RulesCalls => {
  const database = new RulesDatabase(db);
  const { rules, lostRules } = database.takeRules();
  const evaluator = new Evaluator(rules.values(), detectorFactory);
  const unpacker = new PackedEntryReader();
  /** Sensors that were forgotten, which is not saved in the file yet. */
  const unsavedForgotten = new Map<string, Position>();
  let identity = '';
  let position: Position = 0;

  const writeForgotten = (): void => {
    for (const [sensorId, at] of unsavedForgotten) database.forget(sensorId, at);
  };
  const writeState = (): void => {
    writeForgotten();
    database.deleteForgottenUpTo(position);
    for (const sensor of evaluator.dirty) database.putSensor(sensor);
    for (const watch of evaluator.anomalies.changed()) database.putDetector(watch);
    database.saveProgress({ identity, position });
  };
  const save = (write: () => void): void => {
    database.transaction(write);
    unsavedForgotten.clear();
    evaluator.pruneForgotten(position);
    evaluator.dirty.clear();
    evaluator.anomalies.markSaved();
  };
  /** A rule that judges as before keeps its state. Any other starts over with every sensor. */
  const change = (id: string, rule: Rule | undefined): void => {
    const before = rules.get(id);
    const startsOver = before !== undefined && !(rule && judgeAlike(before, rule));
    save(() => {
      writeState();
      if (rule) database.putRule(rule);
      else database.deleteRule(id);
      if (!startsOver) return;
      for (const sensor of evaluator.withStateOf(id)) database.putSensor(sensor, id);
      database.deleteDetectorsOfRule(id);
    });
    if (rule) rules.set(id, rule);
    else rules.delete(id);
    evaluator.setRules(rules.values(), startsOver ? [id] : []);
  };

  return {
    start: (name, newest) => {
      const { progress } = database;
      const lostSensors: string[] = [];
      const start = { rules: [...rules.values()], lostRules, lostSensors };
      identity = name;
      if (progress?.identity !== name || progress.position > newest) return { ...start, position: undefined };
      ({ position } = progress);
      for (const sensor of database.sensors()) {
        if (typeof sensor === 'string') lostSensors.push(sensor);
        else evaluator.restore(sensor);
      }
      for (const watch of database.detectors()) {
        const rule = rules.get(watch.ruleId);
        if (rule?.kind === 'anomaly') evaluator.anomalies.restore(rule, watch);
      }
      for (const sensorId of lostSensors) database.deleteSensor(sensorId);
      for (const { sensorId, position: at } of database.forgotten()) evaluator.forget(sensorId, at);
      return { ...start, position };
    },
    begin: (at) => {
      database.reset();
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
      const events = await evaluator.evaluate(unpacker.read(entries));
      position = end;
      return events;
    },
    judgeBytes: async (bodies, ends, positions, counts) => {
      let unreadable = 0;
      const accepted = toAccepted(bodies, ends, positions, counts, (count) => (unreadable += count));
      const events = await evaluator.evaluate(accepted);
      position = positions.at(-1) ?? position;
      return { events, unreadable };
    },
    tick: (nowMs) => evaluator.tick(nowMs),
    checkpoint: () => {
      save(writeState);
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
      unsavedForgotten.set(sensorId, at);
      database.transaction(writeForgotten);
      unsavedForgotten.clear();
    },
  };
});

/** Leaves out replayed dead letters: they were judged when they were accepted. */
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
    const entry = body.length === 0 ? EMPTY : decodeEntry(body, count);
    if (!entry) onUnreadable(count);
    const { acceptedMs, readings, replayed } = entry ?? EMPTY;
    if (!replayed) yield { acceptedMs, readings, position };
  }
}

const EMPTY: Entry = { acceptedMs: 0, readings: [] };
