import type { Latest, Rule, Sensor, SystemEvent } from '../api/client.js';
import { nowMs } from '../common/clock.js';
import { Listeners } from '../common/listeners.js';
import { isFromWrongClock, type SensorState, type StateInputs, stateOf } from './sensor-state.js';

/** A newest reading that is further ahead of the gateway's clock than this is replaced by the next one. */
const MAX_READING_AHEAD_MS = 60_000;

/** A reading from the stream. */
export type LiveReading = Omit<Latest, 'found' | 'stale'>;

/** What the page knows about a sensor. */
export interface LiveSensor extends StateInputs {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number | undefined;
  /** Time of its newest reading, milliseconds since the Unix epoch; 0 before the first. */
  readonly timeMs: number;
  readonly state: SensorState;
  /** Since when it has this state, milliseconds since the Unix epoch; undefined while normal, or unknown. */
  readonly sinceMs: number | undefined;
  /** The rule that gives it this state; undefined when none does. */
  readonly ruleId: string | undefined;
  /** The usual time between its readings; undefined while unknown. */
  readonly intervalMs: number | undefined;
  /** The usual time from a measurement until the gateway accepts it; undefined while unknown. */
  readonly delayMs: number | undefined;
}

/** All sensors. A new object whenever a sensor, zone or state has changed. */
export interface SensorsSnapshot {
  /** Unordered. The objects change in place with every reading. */
  readonly sensors: readonly LiveSensor[];
  /** Whether the list was loaded at least once. */
  readonly isLoaded: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface SensorRecord extends Mutable<Omit<LiveSensor, 'activeRules'>> {
  readonly activeRules: Map<string, number>;
  /** Time of the last event of each rule, milliseconds since the Unix epoch. */
  readonly lastEventMs: Map<string, number>;
  /** When the stream last brought a reading, by performance.now(). */
  receivedMs: number;
}

/**
 * All sensors with their states, kept up to date by the stream. Listeners are called at most once per frame: those of a
 * sensor when it has changed, those of the list when a sensor, zone or state has changed.
 */
export class LiveSensors {
  private readonly records = new Map<string, SensorRecord>();
  /** Copies that React compares: a new object each time the sensor is rendered. */
  private readonly copies = new Map<string, LiveSensor>();
  private readonly changed = new Set<string>();
  private readonly bySensor = new Map<string, Listeners>();
  private readonly listListeners = new Listeners();
  private hasListChanged = false;
  private frame = 0;
  /** When each rule was last changed, milliseconds since the Unix epoch. */
  private rules: ReadonlyMap<string, number> = new Map();
  private silentRules: ReadonlySet<string> = new Set();
  private isLoaded = false;
  snapshot: SensorsSnapshot = { sensors: [], isLoaded: false };

  readonly subscribe = this.listListeners.add;

  subscribeTo(sensorId: string, listener: () => void): () => void {
    const listeners = this.bySensor.get(sensorId) ?? new Listeners();
    this.bySensor.set(sensorId, listeners);
    const remove = listeners.add(listener);
    return () => {
      remove();
      if (listeners.size > 0) return;
      this.bySensor.delete(sensorId);
      this.copies.delete(sensorId);
    };
  }

  /** A copy of the sensor for rendering; the same object until its next frame. */
  get(sensorId: string): LiveSensor | undefined {
    const record = this.records.get(sensorId);
    if (!record || this.copies.has(sensorId)) return this.copies.get(sensorId);
    const copy = { ...record };
    if (this.bySensor.has(sensorId)) this.copies.set(sensorId, copy);
    return copy;
  }

  /** Adds a reading from the stream. */
  addReading(reading: LiveReading): void {
    const record = this.recordOf(reading.sensorId, reading.zone);
    const timeMs = Date.parse(reading.timestamp);
    // After a gap the stream repeats the newest reading of each sensor: the sensor has sent nothing new.
    if (timeMs !== record.timeMs) {
      record.receivedMs = performance.now();
      record.isSilent = false;
      record.isStale = false;
    }
    if (timeMs >= record.timeMs || record.timeMs - nowMs() > MAX_READING_AHEAD_MS) {
      record.timeMs = timeMs;
      record.value = reading.value;
      if (record.zone !== reading.zone) {
        record.zone = reading.zone;
        this.hasListChanged = true;
      }
    }
    this.markChanged(record);
  }

  /** Applies the answer of GET /api/latest. @param requestedMs when it was requested, by performance.now() */
  applyLatest(latest: readonly Latest[], requestedMs: number): void {
    for (const reading of latest) {
      const record = this.recordOf(reading.sensorId, reading.zone);
      if (record.receivedMs > requestedMs) continue;
      record.timeMs = Date.parse(reading.timestamp);
      record.value = reading.value;
      record.isStale = reading.stale === true;
      this.markChanged(record);
    }
  }

  /** Applies the answer of GET /api/sensors: which sensors are silent, and, by absence, which were forgotten. */
  applySensors(sensors: readonly Sensor[], requestedMs: number): void {
    const listed = new Set<string>();
    for (const { sensorId, zone, status } of sensors) {
      listed.add(sensorId);
      const record = this.recordOf(sensorId, zone);
      if (record.receivedMs < requestedMs) record.isSilent = status === 'silent';
      this.markChanged(record);
    }
    for (const { sensorId, receivedMs } of this.records.values()) {
      if (listed.has(sensorId) || receivedMs > requestedMs) continue;
      this.records.delete(sensorId);
      this.hasListChanged = true;
      this.markIdChanged(sensorId);
    }
    this.isLoaded = true;
    this.hasListChanged = true;
    this.schedule();
  }

  /** Adds an event from the stream. */
  addEvent(event: SystemEvent): void {
    this.apply(event, Date.parse(event.time));
  }

  /**
   * Adds events of GET /api/logs, newest first. Skips those older than events from the stream, or than their rule. Events
   * from when the gateway's clock stood ahead count as the oldest: it was set back since.
   */
  addLoggedEvents(events: readonly SystemEvent[]): void {
    const now = nowMs();
    const oldestFirst = events.toReversed();
    const wrong = oldestFirst.filter(({ time }) => isFromWrongClock(Date.parse(time), now));
    const right = oldestFirst.filter(({ time }) => !isFromWrongClock(Date.parse(time), now));
    for (const event of [...wrong, ...right]) {
      const { sensorId = '', ruleId = '', time } = event;
      const timeMs = Date.parse(time);
      const lastMs = this.records.get(sensorId)?.lastEventMs.get(ruleId) ?? -Infinity;
      const sinceMs = this.rules.get(ruleId);
      if (sinceMs === undefined || orderOf(timeMs) < orderOf(lastMs)) continue;
      // A wrong time is later than a right `since`, so the event counts: the sensor may be critical to this day.
      if (timeMs >= sinceMs || isFromWrongClock(sinceMs, now)) this.apply(event, timeMs);
    }
  }

  /** Applies the answer of GET /api/rules. Events of a rule that was deleted or changed since no longer count. */
  applyRules(rules: readonly Rule[]): void {
    const before = this.rules;
    this.rules = new Map(rules.map(({ id, since }) => [id, Date.parse(since)]));
    this.silentRules = new Set(rules.filter(({ kind }) => kind === 'silent').map(({ id }) => id));
    for (const record of this.records.values()) {
      for (const rule of record.lastEventMs.keys()) {
        const now = this.rules.get(rule);
        if (now !== undefined && now === (before.get(rule) ?? now)) continue;
        record.lastEventMs.delete(rule);
        record.activeRules.delete(rule);
      }
      this.markChanged(record);
    }
    this.hasListChanged = true;
    this.schedule();
  }

  /** Updates states that change by time alone. */
  updateStates(): void {
    for (const record of this.records.values()) if (record.state === 'anomaly') this.markChanged(record);
  }

  private apply({ sensorId = '', ruleId, type }: SystemEvent, timeMs: number): void {
    const record = this.records.get(sensorId);
    if (!record || ruleId === undefined) return;
    record.lastEventMs.set(ruleId, timeMs);
    if (type === 'critical') record.activeRules.set(ruleId, timeMs);
    if (type === 'normal') record.activeRules.delete(ruleId);
    if (type === 'anomaly' && orderOf(timeMs) >= orderOf(record.anomalyMs)) record.anomalyMs = timeMs;
    // The list of rules shows for how many sensors each is critical.
    this.hasListChanged = true;
    this.markChanged(record);
  }

  private recordOf(sensorId: string, zone: string): SensorRecord {
    let record = this.records.get(sensorId);
    if (!record) {
      record = {
        sensorId,
        zone,
        value: undefined,
        timeMs: 0,
        isSilent: false,
        isStale: false,
        activeRules: new Map(),
        lastEventMs: new Map(),
        receivedMs: -Infinity,
        anomalyMs: -Infinity,
        state: 'normal',
        sinceMs: undefined,
        ruleId: undefined,
        intervalMs: undefined,
        delayMs: undefined,
      };
      this.records.set(sensorId, record);
      this.hasListChanged = true;
    }
    return record;
  }

  private markChanged(record: SensorRecord): void {
    const state = stateOf(record, this.silentRules, nowMs());
    if (state !== record.state) {
      record.state = state;
      this.hasListChanged = true;
    }
    this.markIdChanged(record.sensorId);
  }

  private markIdChanged(sensorId: string): void {
    // A sensor that is not visible needs no frame.
    if (this.bySensor.has(sensorId)) this.changed.add(sensorId);
    else if (!this.hasListChanged) return;
    this.schedule();
  }

  private schedule(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.flush();
    });
  }

  private flush(): void {
    for (const sensorId of this.changed) {
      this.copies.delete(sensorId);
      this.bySensor.get(sensorId)?.notify();
    }
    this.changed.clear();
    if (!this.hasListChanged) return;
    this.hasListChanged = false;
    this.snapshot = { sensors: [...this.records.values()], isLoaded: this.isLoaded };
    this.listListeners.notify();
  }
}

/** @returns by what events are ordered: their time, or -Infinity for a time from when the gateway's clock stood ahead */
function orderOf(timeMs: number): number {
  return isFromWrongClock(timeMs, nowMs()) ? -Infinity : timeMs;
}
