import type { DetectorFactory } from './anomaly/anomaly-detector.js';
import type { SystemEvent } from '../model/system-event.js';
import type { SteadyTime } from '../clock/steady-clock.js';
import { covers, type Deletion } from '../model/deletion.js';
import type { Reading } from '../model/reading.js';
import { isOutdated, SENT, stampAt, type Stamp, type Stamps } from '../model/stamp.js';
import type { ActiveStates } from './active-rules.js';
import { AheadWatch } from './ahead-watch.js';
import { AnomalyWatch } from './anomaly-watch.js';
import { DirtySensors } from './dirty-sensors.js';
import { EventCollector } from './event-collector.js';
import { type Forget, ForgetQueue } from './forget-queue.js';
import type { Position } from '../journal/journal-entry.js';
import { secondsSinceNewest } from './elapsed.js';
import type { Rule } from './rule.js';
import {
  rateExceeded,
  rateNormal,
  sensorLeftZone,
  sensorMoved,
  valueCrossed,
  valueReturned,
} from './rule-events.js';
import { RuleIndex, type SensorRules } from './rule-index.js';
import { judgeLevel, judgeRate } from './rule-state.js';
import { RunningTime } from './running-time.js';
import { type Moment, SilenceWatch } from './silence-watch.js';
import { WatchedSensor } from './watched-sensor.js';

/** Zone changes of one sensor reported in one hour: a sensor that sends from two zones must not fill the log. */
const MOVES_PER_HOUR = 10;
const HOUR_US = 3_600_000_000;

/** Readings that were accepted together. */
export interface Accepted {
  readonly readings: readonly Reading[];
  /** When, milliseconds since the Unix epoch. */
  readonly acceptedMs: number;
  /** In the journal. */
  readonly position: number;
  /** See Entry for these. Without a residue, nobody knows who made the timestamps: they count as sent. */
  readonly stamps?: Stamps;
  readonly residue?: number | undefined;
  readonly steady?: SteadyTime | undefined;
  /** Set when it deletes readings that were accepted before; it has none itself then. */
  readonly deletion?: Deletion;
}

/**
 * Turns readings, and their absence, into events. What it finds depends only on the rules, and on what was accepted in
 * which order: the same readings again, in batches of any size, give the same events with the same ids.
 */
export class Evaluator {
  /** Sensors whose state has changed since this was cleared. */
  readonly dirty = new DirtySensors();
  readonly forgets = new ForgetQueue();
  readonly anomalies: AnomalyWatch;
  /** How far ahead of the gateway's clock a device may be. */
  maxAheadMs = Infinity;
  private readonly silence = new SilenceWatch(
    (sensor) => this.rulesOf(sensor),
    (sensor) => this.dirty.add(sensor),
  );
  private readonly ahead = new AheadWatch();
  private readonly sensors = new Map<string, WatchedSensor>();
  private rules: RuleIndex;

  /**
   * @param detectors makes the detectors of anomaly rules
   * @param time goes on from the previous run
   */
  constructor(
    rules: Iterable<Rule>,
    detectors: DetectorFactory,
    private readonly time = new RunningTime(),
  ) {
    this.rules = new RuleIndex(rules);
    this.anomalies = new AnomalyWatch(detectors);
  }

  /** Takes what the previous run, or somebody else, knows about a sensor. */
  restore(sensor: WatchedSensor): void {
    this.sensors.set(sensor.sensorId, sensor);
    this.ahead.restore(sensor);
    this.silence.schedule(sensor);
  }

  /**
   * The states of rules that have made an event. `sinceMs` of a silent rule is NaN: its state has only the running time.
   * @param among only those of these sensors; undefined for all
   */
  activeStates(among?: readonly string[]): ActiveStates {
    const sensors = among?.flatMap((sensorId) => this.sensors.get(sensorId) ?? []) ?? this.sensors.values();
    const sensorIds: string[] = [];
    const ruleIds: string[] = [];
    const sinceMs: number[] = [];
    for (const sensor of sensors)
      for (const ruleId of sensor.unsettledRules) {
        const state = sensor.stateOf(ruleId);
        if (!state?.isActive) continue;
        const isSilent = this.rulesOf(sensor).byId.get(ruleId)?.kind === 'silent';
        sensorIds.push(sensor.sensorId);
        ruleIds.push(ruleId);
        sinceMs.push(isSilent ? NaN : state.sinceUs / 1000);
      }
    return { sensorIds, ruleIds, sinceMs: Float64Array.from(sinceMs) };
  }

  /** The sensors that are not normal by some rule. */
  *withStateOf(ruleId: string): Generator<WatchedSensor> {
    for (const sensor of this.sensors.values()) if (sensor.stateOf(ruleId)) yield sensor;
  }

  /**
   * Judges by other rules from now on.
   * @param changed the ids of rules that judge differently than before, or were deleted
   */
  setRules(rules: Iterable<Rule>, changed: readonly string[]): void {
    this.rules = new RuleIndex(rules);
    this.silence.clear();
    for (const sensor of this.sensors.values()) {
      sensor.rules = undefined;
      for (const ruleId of changed) sensor.setState(ruleId, undefined);
      this.silence.schedule(sensor);
    }
    for (const ruleId of changed) this.anomalies.dropRule(ruleId);
  }

  /**
   * Forgets a sensor once everything up to a position is judged: what was accepted before makes its events. May be called twice with
   * the same.
   * @param judged everything up to here is judged
   */
  forget(forget: Forget, judged: Position): void {
    this.forgets.add(forget);
    this.forgetUpTo(judged);
  }

  /** Everything up to a position in the journal is judged. */
  forgetUpTo(judged: Position): void {
    for (const forget of this.forgets.takeUpTo(judged)) this.drop(forget);
  }

  private drop(forget: Forget): void {
    const { sensorId, position } = forget;
    const sensor = this.sensors.get(sensorId);
    if (!sensor || sensor.begun > position) return;
    this.forgets.ended(forget);
    this.anomalies.dropSensor(sensorId);
    if (sensor.position > position) {
      sensor.forgetStates();
      sensor.begun = position + 1;
      this.dirty.add(sensor);
      return;
    }
    this.sensors.delete(sensorId);
    this.dirty.delete(sensor);
    // It may still be scheduled. No rule is about it then.
    sensor.rules = NO_RULES;
  }

  /**
   * Readings were deleted. When the newest of the sensor is among them, its next reading is judged as if it were the first.
   * Whether the sensor is silent does not change: that goes by when its readings arrived.
   */
  private delete(deletion: Deletion): void {
    const sensor = this.sensors.get(deletion.sensorId);
    if (sensor?.newestUs === undefined) return;
    const { sensorId, zone, newestUs: timestampUs } = sensor;
    if (!covers(deletion, { sensorId, zone, timestampUs })) return;
    const { byId } = this.rulesOf(sensor);
    for (const ruleId of sensor.unsettledRules)
      if (byId.get(ruleId)?.kind !== 'silent') sensor.setState(ruleId, undefined);
    sensor.newestUs = undefined;
    this.dirty.add(sensor);
    this.anomalies.startOver(sensorId);
  }

  /**
   * Judges accepted readings, in the order of the journal.
   * @returns the events, in the order of the readings that caused them
   */
  async evaluate(accepted: Iterable<Accepted>): Promise<SystemEvent[]> {
    const collector = new EventCollector();
    for (const entry of accepted) {
      const { readings, acceptedMs, stamps, steady, deletion } = entry;
      if (this.forgets.isDue(entry.position - 1)) {
        await this.anomalies.score(collector);
        this.forgetUpTo(entry.position - 1);
      }
      if (deletion) {
        // What detectors have not scored yet was accepted before.
        await this.anomalies.score(collector);
        this.delete(deletion);
      }
      if (readings.length === 0) continue;
      const now = { runningMs: this.time.advance(steady, acceptedMs), wallMs: acceptedMs };
      let index = 0;
      for (const reading of readings) {
        collector.nextReading();
        this.judgeReading(reading, stampAt(stamps, index), now, entry, collector);
        index += 1;
      }
    }
    await this.anomalies.score(collector);
    return collector.events();
  }

  /**
   * Finds the sensors that have become silent.
   * @param wallMs the time of day, milliseconds since the Unix epoch; everything accepted up to then has been judged
   * @param steady the same moment by the monotonic clock
   * @param onFound called before the first sensor is taken for silent; when it fails, none is. Nothing else may be called meanwhile
   */
  tick(
    wallMs: number,
    steady?: SteadyTime,
    onFound: () => Promise<void> | void = () => undefined,
  ): Promise<SystemEvent[]> {
    return this.silence.tick({ runningMs: this.time.advance(steady, wallMs), wallMs }, onFound);
  }

  private judgeReading(
    reading: Reading,
    stamp: Stamp,
    now: Moment,
    accepted: Accepted,
    collector: EventCollector,
  ): void {
    const { sensorId, timestampUs } = reading;
    const { position, residue } = accepted;
    let sensor = this.sensors.get(sensorId);
    if (!sensor) {
      sensor = new WatchedSensor(sensorId, position);
      this.sensors.set(sensorId, sensor);
    }
    this.dirty.add(sensor);
    sensor.position = position;
    this.silence.heard(sensor, now, collector);
    if (stamp === SENT && residue !== undefined) this.ahead.sent(sensor, reading, now, collector);
    const givenMs = stamp === SENT ? undefined : now.runningMs;
    const { newestUs = -Infinity } = sensor;
    // The same timestamp again may be a correction. An older one, or the same in another zone, changes nothing.
    if (timestampUs > newestUs || this.isNewestOutdated(sensor, accepted))
      this.judgeNewer(sensor, reading, stamp, givenMs, collector);
    else if (timestampUs === newestUs && reading.zone === sensor.zone)
      this.judgeLevels(sensor, reading, stamp, givenMs, collector);
    if (sensor.slot === Infinity) this.silence.schedule(sensor);
  }

  private isNewestOutdated({ newestUs, stamp }: WatchedSensor, { acceptedMs, residue }: Accepted): boolean {
    if (newestUs === undefined || residue === undefined) return false;
    return isOutdated({ timestampUs: newestUs }, stamp, { acceptedMs, residue }, this.maxAheadMs);
  }

  // These three get what they need one by one: an object for each reading takes a tenth of the time of judging it.

  /** @param givenMs the running time of the reading, if the gateway made its timestamp */
  private judgeNewer(
    sensor: WatchedSensor,
    reading: Reading,
    stamp: Stamp,
    givenMs: number | undefined,
    collector: EventCollector,
  ): void {
    if (sensor.zone !== '' && reading.zone !== sensor.zone) this.move(sensor, reading, collector);
    const { rates, anomalies } = this.rulesOf(sensor, reading.zone);
    if (rates.length > 0) this.judgeRates(sensor, reading, stamp, givenMs, collector);
    for (const rule of anomalies) this.anomalies.add(rule, reading, collector.currentReading);
    this.judgeLevels(sensor, reading, stamp, givenMs, collector);
  }

  private judgeRates(
    sensor: WatchedSensor,
    reading: Reading,
    stamp: Stamp,
    givenMs: number | undefined,
    collector: EventCollector,
  ): void {
    const seconds = secondsSinceNewest(sensor, reading.timestampUs, stamp, givenMs, this.time.runFromMs);
    if (seconds === undefined) return;
    const perSecond = Math.abs(reading.value - sensor.value) / seconds;
    for (const rule of this.rulesOf(sensor, reading.zone).rates) {
      const before = sensor.stateOf(rule.id);
      const state = judgeRate(rule, before, perSecond, reading.timestampUs);
      if (state === before) continue;
      sensor.setState(rule.id, state);
      collector.add(state ? rateExceeded(rule, reading, perSecond) : rateNormal(rule, reading));
    }
  }

  private judgeLevels(
    sensor: WatchedSensor,
    reading: Reading,
    stamp: Stamp,
    givenMs: number | undefined,
    collector: EventCollector,
  ): void {
    for (const rule of this.rulesOf(sensor, reading.zone).levels) {
      const before = sensor.stateOf(rule.id);
      const state = judgeLevel(rule, before, reading, givenMs);
      if (state === before) continue;
      sensor.setState(rule.id, state);
      if (state?.isActive) collector.add(valueCrossed(rule, reading));
      else if (before?.isActive) collector.add(valueReturned(rule, reading));
    }
    sensor.setNewest(reading, stamp, givenMs);
  }

  /** A sensor is judged by the rules of its present zone. Rules of the old zone end. */
  private move(sensor: WatchedSensor, reading: Reading, collector: EventCollector): void {
    const hour = Math.floor(reading.timestampUs / HOUR_US);
    sensor.movesTold = hour === sensor.movesHour ? sensor.movesTold + 1 : 1;
    sensor.movesHour = hour;
    if (sensor.movesTold <= MOVES_PER_HOUR)
      collector.add(sensorMoved(reading, sensor.zone, sensor.movesTold === MOVES_PER_HOUR));
    const before = this.rulesOf(sensor).byId;
    sensor.rules = this.rules.of(sensor.sensorId, reading.zone);
    for (const ruleId of sensor.unsettledRules) {
      if (sensor.rules.byId.has(ruleId)) continue;
      const rule = before.get(ruleId);
      if (rule && sensor.stateOf(ruleId)?.isActive) collector.add(sensorLeftZone(rule, reading));
      sensor.setState(ruleId, undefined);
    }
    sensor.zone = reading.zone;
    this.silence.schedule(sensor);
  }

  private rulesOf(sensor: WatchedSensor, zone = sensor.zone): SensorRules {
    sensor.rules ??= this.rules.of(sensor.sensorId, zone);
    return sensor.rules;
  }
}

const NO_RULES = new RuleIndex([]).of('', '');
