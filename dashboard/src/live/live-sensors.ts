import type { Latest, SystemEvent, Rule, Sensor } from '../api/client.js';
import { nowMs } from '../common/clock.js';
import { Listeners } from '../common/listeners.js';
import { type SensorFacts, type SensorState, stateOf } from './sensor-state.js';

/** A reading as it comes live. */
export type LiveReading = Omit<Latest, 'found' | 'stale'>;

/** What the page knows of a sensor now. */
export interface LiveSensor extends SensorFacts {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number | undefined;
  /** Of its newest reading, milliseconds since the Unix epoch; 0 before there is one. */
  readonly timeMs: number;
  readonly state: SensorState;
}

/** All sensors as they are when sensors, zones or states have changed: a new object each time. */
export interface SensorsSnapshot {
  /** In no order. What they hold moves on with every reading. */
  readonly sensors: readonly LiveSensor[];
  /** Whether all were loaded once. */
  readonly isLoaded: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Row extends Mutable<Omit<LiveSensor, 'criticalRules'>> {
  readonly criticalRules: Set<string>;
  /** When each rule last spoke of it, milliseconds since the Unix epoch. */
  readonly spokenMs: Map<string, number>;
  /** When it was last heard live, by performance.now(). */
  heardMs: number;
}

/**
 * All sensors and how they are, kept up to date by the stream. Whoever shows something is told of it at most once a
 * frame: a sensor's listeners when that sensor changed, the board's when sensors, zones or states did.
 */
export class LiveSensors {
  private readonly rows = new Map<string, Row>();
  /** What React compares: a new object each time its sensor is shown anew. */
  private readonly shown = new Map<string, LiveSensor>();
  private readonly changed = new Set<string>();
  private readonly bySensor = new Map<string, Listeners>();
  private readonly structure = new Listeners();
  private structureChanged = false;
  private frame = 0;
  /** From when on each rule is as it is, milliseconds since the Unix epoch. */
  private rules: ReadonlyMap<string, number> = new Map();
  private silentRules: ReadonlySet<string> = new Set();
  private isLoaded = false;
  view: SensorsSnapshot = { sensors: [], isLoaded: false };

  readonly subscribe = this.structure.add;

  subscribeTo(sensorId: string, listener: () => void): () => void {
    const listeners = this.bySensor.get(sensorId) ?? new Listeners();
    this.bySensor.set(sensorId, listeners);
    const remove = listeners.add(listener);
    return () => {
      remove();
      if (listeners.size > 0) return;
      this.bySensor.delete(sensorId);
      this.shown.delete(sensorId);
    };
  }

  /** The sensor as it is shown; the same object until its next frame. */
  get(sensorId: string): LiveSensor | undefined {
    const row = this.rows.get(sensorId);
    if (!row || this.shown.has(sensorId)) return this.shown.get(sensorId);
    const shown = { ...row };
    if (this.bySensor.has(sensorId)) this.shown.set(sensorId, shown);
    return shown;
  }

  /** Takes what came live. */
  read(reading: LiveReading): void {
    const row = this.rowOf(reading.sensorId, reading.zone);
    const timeMs = Date.parse(reading.timestamp);
    // After a gap the stream tells the newest of each sensor again, which is no news.
    if (timeMs !== row.timeMs) {
      row.heardMs = performance.now();
      row.isSilent = false;
      row.isStale = false;
    }
    if (timeMs >= row.timeMs) {
      row.timeMs = timeMs;
      row.value = reading.value;
      if (row.zone !== reading.zone) {
        row.zone = reading.zone;
        this.structureChanged = true;
      }
    }
    this.touch(row);
  }

  /** Takes the newest of all, as it is loaded. @param askedMs when it was asked for, by performance.now() */
  loadLatest(latest: readonly Latest[], askedMs: number): void {
    for (const reading of latest) {
      const row = this.rowOf(reading.sensorId, reading.zone);
      if (row.heardMs > askedMs) continue;
      row.timeMs = Date.parse(reading.timestamp);
      row.value = reading.value;
      row.isStale = reading.stale === true;
      this.touch(row);
    }
  }

  /** Takes who is there, and who is silent: sensors that are not named were forgotten. */
  loadSensors(sensors: readonly Sensor[], askedMs: number): void {
    const named = new Set<string>();
    for (const { sensorId, zone, status } of sensors) {
      named.add(sensorId);
      const row = this.rowOf(sensorId, zone);
      if (row.heardMs < askedMs) row.isSilent = status === 'silent';
      this.touch(row);
    }
    for (const { sensorId, heardMs } of this.rows.values()) {
      if (named.has(sensorId) || heardMs > askedMs) continue;
      this.rows.delete(sensorId);
      this.structureChanged = true;
      this.touchId(sensorId);
    }
    this.isLoaded = true;
    this.structureChanged = true;
    this.schedule();
  }

  /** Takes an entry of the log that came live. */
  log(entry: SystemEvent): void {
    this.say(entry, Date.parse(entry.time));
  }

  /** Takes entries as they are listed, newest first: they may be older than what came live, or than their rule. */
  list(entries: readonly SystemEvent[]): void {
    for (const entry of entries.toReversed()) {
      const { sensorId = '', ruleId = '', time } = entry;
      const timeMs = Date.parse(time);
      const saidMs = this.rows.get(sensorId)?.spokenMs.get(ruleId) ?? -Infinity;
      const sinceMs = this.rules.get(ruleId) ?? Infinity;
      if (timeMs >= saidMs && timeMs >= sinceMs) this.say(entry, timeMs);
    }
  }

  /**
   * What rules there are. One that is deleted says nothing more, and one that was changed begins anew: neither holds a
   * sensor critical for what it said before.
   */
  loadRules(rules: readonly Rule[]): void {
    const before = this.rules;
    this.rules = new Map(rules.map(({ id, since }) => [id, Date.parse(since)]));
    this.silentRules = new Set(rules.filter(({ kind }) => kind === 'silent').map(({ id }) => id));
    for (const row of this.rows.values()) {
      for (const rule of row.spokenMs.keys()) {
        const now = this.rules.get(rule);
        if (now !== undefined && now === (before.get(rule) ?? now)) continue;
        row.spokenMs.delete(rule);
        row.criticalRules.delete(rule);
      }
      this.touch(row);
    }
    this.structureChanged = true;
    this.schedule();
  }

  /** Looks anew at what changes with time alone. */
  tick(): void {
    for (const row of this.rows.values()) if (row.state === 'anomaly') this.touch(row);
  }

  private say({ sensorId = '', ruleId, type }: SystemEvent, timeMs: number): void {
    const row = this.rows.get(sensorId);
    if (!row || ruleId === undefined) return;
    row.spokenMs.set(ruleId, timeMs);
    if (type === 'critical') row.criticalRules.add(ruleId);
    if (type === 'normal') row.criticalRules.delete(ruleId);
    if (type === 'anomaly') row.anomalyMs = Math.max(row.anomalyMs, timeMs);
    // Who looks at rules sees how many sensors each holds.
    this.structureChanged = true;
    this.touch(row);
  }

  private rowOf(sensorId: string, zone: string): Row {
    let row = this.rows.get(sensorId);
    if (!row) {
      row = {
        sensorId,
        zone,
        value: undefined,
        timeMs: 0,
        isSilent: false,
        isStale: false,
        criticalRules: new Set(),
        spokenMs: new Map(),
        heardMs: -Infinity,
        anomalyMs: -Infinity,
        state: 'normal',
      };
      this.rows.set(sensorId, row);
      this.structureChanged = true;
    }
    return row;
  }

  private touch(row: Row): void {
    const state = stateOf(row, this.silentRules, nowMs());
    if (state !== row.state) {
      row.state = state;
      this.structureChanged = true;
    }
    this.touchId(row.sensorId);
  }

  private touchId(sensorId: string): void {
    // What nobody looks at needs no frame of its own.
    if (this.bySensor.has(sensorId)) this.changed.add(sensorId);
    else if (!this.structureChanged) return;
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
      this.shown.delete(sensorId);
      this.bySensor.get(sensorId)?.tell();
    }
    this.changed.clear();
    if (!this.structureChanged) return;
    this.structureChanged = false;
    this.view = { sensors: [...this.rows.values()], isLoaded: this.isLoaded };
    this.structure.tell();
  }
}
