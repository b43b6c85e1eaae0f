import type { Latest, Rule, Sensor, SystemEvent } from '../api/schemas.js';
import { nowMs } from '../common/clock.js';
import { Listeners } from '../common/listeners.js';
import { isFromWrongClock, type JudgedState, judgeState, type StateInputs } from './sensor-state.js';

/** A newest reading that is further ahead of the gateway's clock than this is replaced by the next one. */
const MAX_READING_AHEAD_MS = 60_000;

/** A reading from the stream. */
export type LiveReading = Omit<Latest, 'found' | 'stale'>;

/** What the page knows about a sensor. */
export interface LiveSensor extends StateInputs, JudgedState {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number | undefined;
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
  activeRules: Map<string, number>;
  /** When the stream last brought a reading, and an event of a rule, by performance.now(). */
  receivedMs: number;
  eventReceivedMs: number;
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

  /** Adds a reading from the stream. @returns whether its sensor was unknown: the list of sensors says more about it */
  addReading(reading: LiveReading): boolean {
    const isNew = !this.records.has(reading.sensorId);
    const record = this.recordOf(reading.sensorId, reading.zone);
    const timeMs = Date.parse(reading.timestamp);
    // After a gap the stream repeats the newest reading of each sensor: the sensor has sent nothing new.
    if (timeMs !== record.timeMs) {
      record.receivedMs = performance.now();
      record.heardMs = nowMs();
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
    return isNew;
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

  /** Applies the answer of GET /api/sensors: how sensors send, which rules are active, and, by absence, which were forgotten. */
  applySensors(sensors: readonly Sensor[], requestedMs: number): void {
    const listed = new Set<string>();
    for (const sensor of sensors) {
      listed.add(sensor.sensorId);
      const record = this.recordOf(sensor.sensorId, sensor.zone);
      record.silentAfterMs = sensor.silentAfterMs;
      record.intervalMs = sensor.intervalMs;
      record.delayMs = sensor.delayMs;
      if (record.receivedMs < requestedMs) {
        record.isSilent = sensor.status === 'silent';
        record.heardMs = sensor.lastSeen === undefined ? 0 : Date.parse(sensor.lastSeen);
      }
      if (record.eventReceivedMs < requestedMs) record.activeRules = activeRulesOf(sensor);
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
  addEvent({ sensorId = '', ruleId, type, time }: SystemEvent): void {
    const record = this.records.get(sensorId);
    if (!record || ruleId === undefined) return;
    record.eventReceivedMs = performance.now();
    if (type === 'critical') record.activeRules.set(ruleId, Date.parse(time));
    if (type === 'normal') record.activeRules.delete(ruleId);
    if (type === 'anomaly') setAnomaly(record, ruleId, Date.parse(time));
    // The list of rules shows for how many sensors each is active.
    this.hasListChanged = true;
    this.markChanged(record);
  }

  /** Adds anomalies of GET /api/logs. Those of rules that were deleted or changed since do not count. */
  addLoggedAnomalies(events: readonly SystemEvent[]): void {
    for (const { sensorId = '', ruleId = '', time } of events) {
      const record = this.records.get(sensorId);
      const timeMs = Date.parse(time);
      const sinceMs = this.rules.get(ruleId);
      if (!record || sinceMs === undefined) continue;
      if (timeMs < sinceMs && !isFromWrongClock(sinceMs, nowMs())) continue;
      setAnomaly(record, ruleId, timeMs);
      this.markChanged(record);
    }
  }

  /** Applies the answer of GET /api/rules. Events of a rule that was deleted or changed since no longer count. */
  applyRules(rules: readonly Rule[]): void {
    const before = this.rules;
    this.rules = new Map(rules.map(({ id, since }) => [id, Date.parse(since)]));
    this.silentRules = new Set(rules.filter(({ kind }) => kind === 'silent').map(({ id }) => id));
    const isOver = (rule: string): boolean => {
      const now = this.rules.get(rule);
      return now === undefined || now !== (before.get(rule) ?? now);
    };
    for (const record of this.records.values()) {
      for (const rule of record.activeRules.keys()) if (isOver(rule)) record.activeRules.delete(rule);
      if (record.anomalyRuleId !== undefined && isOver(record.anomalyRuleId)) {
        record.anomalyMs = -Infinity;
        record.anomalyRuleId = undefined;
      }
      this.markChanged(record);
    }
    this.hasListChanged = true;
    this.schedule();
  }

  /** Updates states that change by time alone. */
  updateStates(): void {
    for (const record of this.records.values()) if (this.judge(record)) this.markIdChanged(record.sensorId);
  }

  private recordOf(sensorId: string, zone: string): SensorRecord {
    let record = this.records.get(sensorId);
    if (!record) {
      record = {
        sensorId,
        zone,
        value: undefined,
        timeMs: 0,
        heardMs: 0,
        isSilent: false,
        isStale: false,
        silentAfterMs: Infinity,
        intervalMs: undefined,
        delayMs: undefined,
        activeRules: new Map(),
        anomalyMs: -Infinity,
        anomalyRuleId: undefined,
        receivedMs: -Infinity,
        eventReceivedMs: -Infinity,
        state: 'normal',
        sinceMs: undefined,
        ruleId: undefined,
      };
      this.records.set(sensorId, record);
      this.hasListChanged = true;
    }
    return record;
  }

  private markChanged(record: SensorRecord): void {
    this.judge(record);
    this.markIdChanged(record.sensorId);
  }

  /** @returns whether its state is another one now */
  private judge(record: SensorRecord): boolean {
    const { state, sinceMs, ruleId } = judgeState(record, this.silentRules, nowMs());
    if (state === record.state && ruleId === record.ruleId && sinceMs === record.sinceMs) return false;
    Object.assign(record, { state, sinceMs, ruleId });
    this.hasListChanged = true;
    return true;
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

function setAnomaly(record: SensorRecord, ruleId: string, timeMs: number): void {
  if (orderOf(timeMs) < orderOf(record.anomalyMs)) return;
  record.anomalyMs = timeMs;
  record.anomalyRuleId = ruleId;
}

function activeRulesOf({ activeRules = [] }: Sensor): Map<string, number> {
  return new Map(activeRules.map(({ ruleId, since }) => [ruleId, Date.parse(since)]));
}

/** @returns by what events are ordered: their time, or -Infinity for a time from when the gateway's clock stood ahead */
function orderOf(timeMs: number): number {
  return isFromWrongClock(timeMs, nowMs()) ? -Infinity : timeMs;
}
