import type { DetectorFactory } from './anomaly/anomaly-detector.js';
import type { SystemEvent } from '../model/system-event.js';
import type { Reading } from '../model/reading.js';
import { AnomalyWatch } from './anomaly-watch.js';
import { TimingWheel } from './timing-wheel.js';
import { EventCollector } from './event-collector.js';
import type { Rule, SilentRule } from './rule.js';
import {
  cameBack,
  changesFast,
  changesSlowly,
  crossed,
  isHeardAgain,
  isSilent,
  leftZone,
  moved,
} from './rule-events.js';
import { RuleSet } from './rule-index.js';
import { judgeLevel, judgeRate } from './rule-state.js';
import { WatchedSensor } from './watched-sensor.js';

/** Zone changes of one sensor that are told in one hour: a sensor that reports from two zones must not fill the log. */
const MOVES_AN_HOUR = 10;
const HOUR_US = 3_600_000_000;
/** Ticks may come out of step by less; by more only when the machine's clock was set back. */
const SET_BACK_MS = 1_000;

/** Readings that were accepted together. */
export interface Accepted {
  readonly readings: readonly Reading[];
  /** When, milliseconds since the Unix epoch. */
  readonly acceptedMs: number;
  /** A place in the journal. */
  readonly position: number;
}

/**
 * Turns readings, and their absence, into events. What it finds follows from the rules and from what was accepted in
 * which order alone: the same again, however it is cut into pieces, gives the same events under the same ids.
 */
export class Evaluator {
  /** Whose state has changed since this was cleared. */
  readonly dirty = new Set<WatchedSensor>();
  readonly anomalies: AnomalyWatch;
  private readonly sensors = new Map<string, WatchedSensor>();
  private readonly due = new TimingWheel<WatchedSensor>();
  private readonly forgottenAt = new Map<string, number>();
  private rules: RuleSet;
  /** Of the last tick; before the first it is not known whether the clock was set back since the earlier life. */
  private tickedMs = Infinity;

  /** @param detectors makes those for rules about anomalies */
  constructor(rules: Iterable<Rule>, detectors: DetectorFactory) {
    this.rules = new RuleSet(rules);
    this.anomalies = new AnomalyWatch(detectors);
  }

  /** Takes what an earlier life knew of a sensor, or what is known of it elsewhere. */
  restore(sensor: WatchedSensor): void {
    this.sensors.set(sensor.sensorId, sensor);
    this.schedule(sensor);
  }

  /** The sensors with which a rule has spoken, or is about to. */
  *unsettledBy(ruleId: string): Generator<WatchedSensor> {
    for (const sensor of this.sensors.values()) if (sensor.stateOf(ruleId)) yield sensor;
  }

  /**
   * Judges by other rules from now on.
   * @param changed the ids of those that judge differently than before, or not any more
   */
  setRules(rules: Iterable<Rule>, changed: readonly string[]): void {
    this.rules = new RuleSet(rules);
    this.due.clear();
    for (const sensor of this.sensors.values()) {
      sensor.rules = undefined;
      for (const ruleId of changed) sensor.setState(ruleId, undefined);
      this.schedule(sensor);
    }
    for (const ruleId of changed) this.anomalies.dropRule(ruleId);
  }

  /**
   * Forgets a sensor: what was heard of it up to a place in the journal counts no more. That may be said again.
   * @returns false when nothing of it is known from before that place
   */
  forget(sensorId: string, position: number): boolean {
    const sensor = this.sensors.get(sensorId);
    if (sensor && sensor.begun > position) return false;
    this.forgottenAt.set(sensorId, position);
    this.anomalies.dropSensor(sensorId);
    if (!sensor) return false;
    if (sensor.position > position) {
      sensor.forgetStates();
      sensor.begun = position + 1;
      this.dirty.add(sensor);
      return true;
    }
    this.sensors.delete(sensorId);
    this.dirty.delete(sensor);
    // It may wait to become due, and nothing is about it then.
    sensor.rules = NO_RULES;
    return true;
  }

  /** All up to a place in the journal is judged: those who were forgotten there need not be known any longer. */
  passed(position: number): void {
    for (const [sensorId, at] of this.forgottenAt) if (at <= position) this.forgottenAt.delete(sensorId);
  }

  /**
   * Judges what was accepted, in the order of the journal.
   * @returns the events, in the order of what caused them
   */
  async take(accepted: Iterable<Accepted>): Promise<SystemEvent[]> {
    const sheet = new EventCollector();
    for (const { readings, acceptedMs, position } of accepted) {
      for (const reading of readings) {
        sheet.next();
        this.judge(reading, acceptedMs, position, sheet);
      }
    }
    await this.anomalies.judge(sheet);
    return sheet.events();
  }

  /**
   * Finds the sensors that have become silent.
   * @param nowMs up to when all that was accepted has been judged, milliseconds since the Unix epoch
   */
  tick(nowMs: number): SystemEvent[] {
    if (nowMs < this.tickedMs - SET_BACK_MS) this.hearNoLaterThan(nowMs);
    this.tickedMs = nowMs;
    const events: SystemEvent[] = [];
    for (const sensor of this.due.take(nowMs)) {
      for (const rule of this.rulesOf(sensor).silents) {
        const silentMs = silentAt(rule, sensor);
        if (silentMs > nowMs || sensor.stateOf(rule.id)) continue;
        events.push(isSilent(rule, sensor, silentMs));
        sensor.setState(rule.id, { isActive: true, sinceUs: silentMs * 1000 });
        this.dirty.add(sensor);
      }
      this.schedule(sensor);
    }
    return events.sort((a, b) => a.timeUs - b.timeUs);
  }

  /** What was heard at a time that has not come yet was heard before the clock was set back: now at the latest. */
  private hearNoLaterThan(nowMs: number): void {
    for (const sensor of this.sensors.values()) {
      if (sensor.heardMs === undefined || sensor.heardMs <= nowMs) continue;
      sensor.heardMs = nowMs;
      this.dirty.add(sensor);
      this.schedule(sensor);
    }
  }

  private judge(reading: Reading, acceptedMs: number, position: number, sheet: EventCollector): void {
    const { sensorId, timestampUs } = reading;
    if (position <= (this.forgottenAt.get(sensorId) ?? -1)) return;
    let sensor = this.sensors.get(sensorId);
    if (!sensor) {
      sensor = new WatchedSensor(sensorId, position);
      this.sensors.set(sensorId, sensor);
    }
    this.dirty.add(sensor);
    sensor.position = position;
    const wasSetBack = acceptedMs < (sensor.heardMs ?? -Infinity);
    this.hear(sensor, acceptedMs, sheet);
    const { newestUs = -Infinity } = sensor;
    // The same again may be a correction; what is older, or of the same time in another zone, changes nothing.
    if (timestampUs > newestUs) this.judgeNewer(sensor, reading, sheet);
    else if (timestampUs === newestUs && reading.zone === sensor.zone)
      this.judgeLevels(sensor, reading, sheet);
    if (sensor.dueSlot === Infinity || wasSetBack) this.schedule(sensor);
  }

  private hear(sensor: WatchedSensor, acceptedMs: number, sheet: EventCollector): void {
    const { heardMs } = sensor;
    if (heardMs !== undefined) {
      for (const rule of this.rulesOf(sensor).silents) {
        const silentMs = silentAt(rule, sensor);
        const wasTold = sensor.stateOf(rule.id) !== undefined;
        if (!wasTold && silentMs > acceptedMs) continue;
        if (!wasTold) sheet.add(isSilent(rule, sensor, silentMs));
        sheet.add(isHeardAgain(rule, sensor, acceptedMs, acceptedMs - heardMs));
        sensor.setState(rule.id, undefined);
      }
    }
    sensor.heardMs = acceptedMs;
  }

  private judgeNewer(sensor: WatchedSensor, reading: Reading, sheet: EventCollector): void {
    const { newestUs, value, zone } = sensor;
    if (newestUs !== undefined && reading.zone !== zone) this.move(sensor, reading, sheet);
    const { rates, anomalies } = this.rulesOf(sensor, reading.zone);
    if (newestUs !== undefined && rates.length > 0) {
      const perSecond = Math.abs(reading.value - value) / ((reading.timestampUs - newestUs) / 1e6);
      for (const rule of rates) {
        const before = sensor.stateOf(rule.id);
        const state = judgeRate(rule, before, perSecond, reading.timestampUs);
        if (state === before) continue;
        sensor.setState(rule.id, state);
        sheet.add(state ? changesFast(rule, reading, perSecond) : changesSlowly(rule, reading));
      }
    }
    for (const rule of anomalies) this.anomalies.note(rule, reading, sheet.now);
    this.judgeLevels(sensor, reading, sheet);
  }

  private judgeLevels(sensor: WatchedSensor, reading: Reading, sheet: EventCollector): void {
    for (const rule of this.rulesOf(sensor, reading.zone).levels) {
      const before = sensor.stateOf(rule.id);
      const state = judgeLevel(rule, before, reading.value, reading.timestampUs);
      if (state === before) continue;
      sensor.setState(rule.id, state);
      if (state?.isActive) sheet.add(crossed(rule, reading));
      else if (before?.isActive) sheet.add(cameBack(rule, reading));
    }
    sensor.note(reading);
  }

  /** A sensor is judged by the rules of the zone that it stands in now, and those of the old one end. */
  private move(sensor: WatchedSensor, reading: Reading, sheet: EventCollector): void {
    const hour = Math.floor(reading.timestampUs / HOUR_US);
    sensor.movesTold = hour === sensor.movesHour ? sensor.movesTold + 1 : 1;
    sensor.movesHour = hour;
    if (sensor.movesTold <= MOVES_AN_HOUR)
      sheet.add(moved(reading, sensor.zone, sensor.movesTold === MOVES_AN_HOUR));
    const before = this.rulesOf(sensor).byId;
    sensor.rules = this.rules.of(sensor.sensorId, reading.zone);
    for (const ruleId of sensor.unsettledRules) {
      if (sensor.rules.byId.has(ruleId)) continue;
      const rule = before.get(ruleId);
      if (rule && sensor.stateOf(ruleId)?.isActive) sheet.add(leftZone(rule, reading));
      sensor.setState(ruleId, undefined);
    }
    sensor.zone = reading.zone;
    this.schedule(sensor);
  }

  private rulesOf(sensor: WatchedSensor, zone = sensor.zone): NonNullable<WatchedSensor['rules']> {
    sensor.rules ??= this.rules.of(sensor.sensorId, zone);
    return sensor.rules;
  }

  private schedule(sensor: WatchedSensor): void {
    if (sensor.heardMs === undefined) return;
    let dueMs = Infinity;
    for (const rule of this.rulesOf(sensor).silents)
      if (!sensor.stateOf(rule.id)) dueMs = Math.min(dueMs, silentAt(rule, sensor));
    if (dueMs < Infinity) this.due.add(sensor, dueMs);
  }
}

/** A rule does not look back beyond its own beginning. @returns milliseconds since the Unix epoch */
function silentAt({ afterSeconds, sinceMs }: SilentRule, { heardMs = Infinity }: WatchedSensor): number {
  return Math.max(heardMs + afterSeconds * 1000, sinceMs);
}

const NO_RULES = new RuleSet([]).of('', '');
