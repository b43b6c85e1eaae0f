import { detectorFactory } from './anomaly/create-detector.js';
import { decodeEntry } from '../journal/entry-codec.js';
import type { SteadyTime } from '../clock/steady-clock.js';
import type { Position } from '../journal/journal-entry.js';
import type { SystemEvent } from '../model/system-event.js';
import { serveSqlite } from '../common/workers/serve-sqlite.js';
import type { ActiveStates } from './active-rules.js';
import { type Accepted, Evaluator } from './evaluator.js';
import { type PackedEntries, PackedEntryReader } from './recent-entries.js';
import { judgeAlike, type Rule } from './rule.js';
import { MIGRATIONS, RulesDatabase } from './rules-database.js';
import { RunningTime, type RunningTimeState } from './running-time.js';
import { type Watched, WatchedSensor } from './watched-sensor.js';

/** A crash takes at most this much running time: silence is reported so much later then. */
const SAVE_TIME_MS = 10_000;

/** What the registry knows of a sensor. */
export interface SensorSeed extends Omit<Watched, 'heardMs'> {
  /** Whether a reading of it was ever accepted here. */
  readonly wasHeard: boolean;
}

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
   * @param maxAheadMs how far ahead of the gateway's clock a device may be
   */
  start(identity: string, newest: Position, maxAheadMs: number): RulesStart;
  /** Starts over at a position in the journal. */
  begin(position: Position): void;
  /** Takes what is known about sensors at that position. They count as heard now. */
  seed(sensors: readonly SensorSeed[]): void;
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
  /** @param sensorIds only their states; undefined for all */
  active(sensorIds: readonly string[] | undefined): ActiveStates;
  /** @returns events about the sensors that became silent up to a moment */
  tick(wallMs: number, steady: SteadyTime): SystemEvent[];
  /** Saves the rule state, the running time, and up to where the journal is judged. @returns that position */
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
  const { runningTime } = database;
  const time = new RunningTime(runningTime);
  const evaluator = new Evaluator(rules.values(), detectorFactory, time);
  const unpacker = new PackedEntryReader();
  /** Sensors that were forgotten, which is not saved in the file yet. */
  const unsavedForgotten = new Map<string, Position>();
  let identity = '';
  let position: Position = 0;
  let savedTimeMs = time.nowMs;

  const writeForgotten = (): void => {
    for (const [sensorId, at] of unsavedForgotten) database.forget(sensorId, at);
  };
  const writeState = (): void => {
    writeForgotten();
    database.deleteForgottenUpTo(position);
    database.putSensors(evaluator.dirty);
    for (const sensorId of evaluator.anomalies.startedOver) database.deleteDetectorsOfSensor(sensorId);
    for (const watch of evaluator.anomalies.changed()) database.putDetector(watch);
    database.saveProgress({ identity, position });
    database.saveRunningTime(time.stateWithoutEarlierRuns);
  };
  const saveTime = (state: RunningTimeState): void => {
    database.transaction(() => {
      database.saveRunningTime(state);
    });
  };
  const saveTimeNowAndThen = (): void => {
    if (time.nowMs - savedTimeMs < SAVE_TIME_MS) return;
    savedTimeMs = time.nowMs;
    try {
      saveTime(time.state);
    } catch {
      // No event depends on this one, and it is tried again.
    }
  };
  /** Without an earlier state, the running time begins when a sensor was heard last, but never ahead of the clock. */
  const beginTime = (sensors: readonly WatchedSensor[]): void => {
    const nowMs = Date.now();
    const heardMs = sensors.reduce((latest, sensor) => Math.max(latest, sensor.heardMs ?? 0), 0);
    time.advance(undefined, heardMs > 0 ? Math.min(nowMs, heardMs) : nowMs);
    for (const [id, rule] of rules)
      rules.set(id, { ...rule, sinceRunningMs: Math.min(rule.sinceRunningMs ?? rule.sinceMs, time.nowMs) });
    evaluator.setRules(rules.values(), []);
    database.transaction(() => {
      for (const rule of rules.values()) database.putRule(rule);
      database.saveRunningTime(time.state);
    });
  };
  const save = (write: () => void): void => {
    database.transaction(write);
    time.dropEarlierRuns();
    savedTimeMs = time.nowMs;
    unsavedForgotten.clear();
    evaluator.pruneForgotten(position);
    evaluator.dirty.clear();
    evaluator.anomalies.markSaved();
  };
  /** A rule that judges as before keeps its state. Any other starts over with every sensor. */
  const change = (id: string, changed: Rule | undefined): void => {
    const before = rules.get(id);
    const isAlike = before !== undefined && changed !== undefined && judgeAlike(before, changed);
    const startsOver = before !== undefined && !isAlike;
    const rule = changed && { ...changed, sinceRunningMs: isAlike ? before.sinceRunningMs : time.nowMs };
    save(() => {
      writeState();
      if (rule) database.putRule(rule);
      else database.deleteRule(id);
      if (!startsOver) return;
      database.putSensors(evaluator.withStateOf(id), id);
      database.deleteDetectorsOfRule(id);
    });
    if (rule) rules.set(id, rule);
    else rules.delete(id);
    evaluator.setRules(rules.values(), startsOver ? [id] : []);
  };

  return {
    start: (name, newest, maxAheadMs) => {
      const { progress } = database;
      evaluator.maxAheadMs = maxAheadMs;
      const lostSensors: string[] = [];
      const start = { rules: [...rules.values()], lostRules, lostSensors };
      identity = name;
      if (progress?.identity !== name || progress.position > newest) {
        if (!runningTime) beginTime([]);
        return { ...start, position: undefined };
      }
      ({ position } = progress);
      const sensors: WatchedSensor[] = [];
      for (const sensor of database.sensors()) {
        if (typeof sensor === 'string') lostSensors.push(sensor);
        else sensors.push(sensor);
      }
      if (!runningTime) beginTime(sensors);
      for (const sensor of sensors) {
        // An earlier version recorded the time of day, by a clock that may have been wrong.
        sensor.heardMs &&= Math.min(sensor.heardMs, time.nowMs);
        evaluator.restore(sensor);
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
      for (const { wasHeard, ...sensor } of sensors) {
        const heardMs = wasHeard ? time.nowMs : undefined;
        const watched = WatchedSensor.of({ ...sensor, heardMs }, position);
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
    active: (sensorIds) => evaluator.activeStates(sensorIds),
    tick: (wallMs, steady) => {
      // After a crash, nobody sees this tick again, and entries of this run must get the same running time.
      if (!time.knows(steady.run)) saveTime(time.stateAfter(steady));
      const events = evaluator.tick(wallMs, steady, () => {
        // It must not go back behind an event that is in the log.
        saveTime(time.state);
      });
      saveTimeNowAndThen();
      return events;
    },
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
    if (body.length === 0) continue;
    const entry = decodeEntry(body, count);
    if (!entry) onUnreadable(count);
    if (entry && !entry.replayed) yield { ...entry, position };
  }
}
