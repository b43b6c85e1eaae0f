import { detectorFactory } from './anomaly/create-detector.js';
import { decodeEntry } from '../journal/entry-codec.js';
import type { Position } from '../journal/journal-entry.js';
import { type Accepted, Evaluator } from './evaluator.js';
import { PackedEntryReader } from './recent-entries.js';
import { judgeAlike, type Rule } from './rule.js';
import type { RuleChange, RuleStorage } from './rule-storage.js';
import type { RulesCalls } from './rules-thread.js';
import { RunningTime } from './running-time.js';
import { WatchedSensor } from './watched-sensor.js';

/** A crash takes at most this much running time: silence is reported so much later then. */
const SAVE_TIME_MS = 10_000;

/** Makes the functions with which the thread of the rules answers, over the storage that it has open. */
export function rulesCalls(storage: RuleStorage): RulesCalls {
  const rules = new Map(storage.rules);
  const { lostRules, runningTime } = storage;
  const time = new RunningTime(runningTime);
  const evaluator = new Evaluator(rules.values(), detectorFactory, time);
  const unpacker = new PackedEntryReader();
  let identity = '';
  let position: Position = 0;
  /** Of the last checkpoint. */
  let savedPosition: Position = 0;
  let savedTimeMs = time.nowMs;

  const saveTimeNowAndThen = async (): Promise<void> => {
    if (time.nowMs - savedTimeMs < SAVE_TIME_MS) return;
    savedTimeMs = time.nowMs;
    try {
      await storage.saveTime(time.state);
    } catch {
      // No event depends on this one, and it is tried again.
    }
  };
  /** Without an earlier state, the running time begins when a sensor was heard last, but never ahead of the clock. */
  const beginTime = async (sensors: readonly WatchedSensor[]): Promise<void> => {
    const nowMs = Date.now();
    const heardMs = sensors.reduce((latest, sensor) => Math.max(latest, sensor.heardMs ?? 0), 0);
    time.advance(undefined, heardMs > 0 ? Math.min(nowMs, heardMs) : nowMs);
    for (const [id, rule] of rules)
      rules.set(id, { ...rule, sinceRunningMs: Math.min(rule.sinceRunningMs ?? rule.sinceMs, time.nowMs) });
    evaluator.setRules(rules.values(), []);
    await storage.saveRules(rules.values(), time.state);
  };
  const save = async (change?: RuleChange): Promise<void> => {
    const { dirty, anomalies } = evaluator;
    await storage.save(
      {
        progress: { identity, position },
        runningTime: time.stateWithoutEarlierRuns,
        forgets: evaluator.forgets.unsaved,
        sensors: dirty,
        startedOver: anomalies.startedOver,
        watches: anomalies.changed(),
      },
      change,
    );
    time.dropEarlierRuns();
    savedTimeMs = time.nowMs;
    savedPosition = position;
    evaluator.forgets.markSaved();
    dirty.clear();
    anomalies.markSaved();
  };
  const judgedUpTo = (end: Position): void => {
    position = end;
    evaluator.forgetUpTo(end);
  };
  /** A rule that judges as before keeps its state. Any other starts over with every sensor. */
  const change = async (id: string, changed: Rule | undefined): Promise<void> => {
    const before = rules.get(id);
    const isAlike = before !== undefined && changed !== undefined && judgeAlike(before, changed);
    const startsOver = before !== undefined && !isAlike;
    const rule = changed && { ...changed, sinceRunningMs: isAlike ? before.sinceRunningMs : time.nowMs };
    await save({ id, rule, startsOverWith: startsOver ? evaluator.withStateOf(id) : undefined });
    if (rule) rules.set(id, rule);
    else rules.delete(id);
    evaluator.setRules(rules.values(), startsOver ? [id] : []);
  };

  return {
    start: async (name, newest, maxAheadMs) => {
      const { progress } = storage;
      const start = { rules: [...rules.values()], lostRules };
      evaluator.maxAheadMs = maxAheadMs;
      identity = name;
      if (progress?.identity !== name || progress.position > newest) {
        if (!runningTime) await beginTime([]);
        return { ...start, lostSensors: [], position: undefined };
      }
      ({ position } = progress);
      savedPosition = position;
      const sensors: WatchedSensor[] = [];
      const lostSensors = await storage.takeSensors((sensor) => sensors.push(sensor));
      if (!runningTime) await beginTime(sensors);
      for (const sensor of sensors) {
        // An earlier version recorded the time of day, by a clock that may have been wrong.
        sensor.heardMs &&= Math.min(sensor.heardMs, time.nowMs);
        evaluator.restore(sensor);
      }
      await storage.takeDetectors((watch) => {
        const rule = rules.get(watch.ruleId);
        if (rule?.kind === 'anomaly') evaluator.anomalies.restore(rule, watch);
      });
      for (const forget of await storage.forgets()) evaluator.forget(forget, position);
      return { ...start, lostSensors, position };
    },
    begin: async (at) => {
      await storage.reset();
      position = at;
      savedPosition = at;
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
      judgedUpTo(end);
      return events;
    },
    judgeBytes: async (bodies, ends, positions, counts) => {
      let unreadable = 0;
      const accepted = toAccepted(bodies, ends, positions, counts, (count) => (unreadable += count));
      const events = await evaluator.evaluate(accepted);
      judgedUpTo(positions.at(-1) ?? position);
      return { events, unreadable };
    },
    active: (sensorIds) => evaluator.activeStates(sensorIds),
    tick: async (wallMs, steady) => {
      // After a crash, nobody sees this tick again, and entries of this run must get the same running time.
      if (!time.knows(steady.run)) await storage.saveTime(time.stateAfter(steady));
      // It must not go back behind an event that is in the log.
      const events = await evaluator.tick(wallMs, steady, () => storage.saveTime(time.state));
      await saveTimeNowAndThen();
      return events;
    },
    checkpoint: async () => {
      await save();
      return position;
    },
    put: (rule) => change(rule.id, rule),
    delete: (ruleId) => change(ruleId, undefined),
    forget: async (forget) => {
      evaluator.forget(forget, position);
      // After a crash, what follows the last checkpoint is judged again.
      if (forget.position > savedPosition) await storage.forget(forget);
    },
  };
}

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
