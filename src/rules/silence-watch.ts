import type { SystemEvent } from '../model/system-event.js';
import type { EventCollector } from './event-collector.js';
import type { SilentRule } from './rule.js';
import { type EventTime, sensorReturned, sensorSilent } from './rule-events.js';
import type { SensorRules } from './rule-index.js';
import { TimingWheel } from './timing-wheel.js';
import type { WatchedSensor } from './watched-sensor.js';

/** One moment on two clocks. */
export interface Moment {
  /** See RunningTime. */
  readonly runningMs: number;
  /** The time of day then, milliseconds since the Unix epoch. */
  readonly wallMs: number;
}

/** Finds the sensors that have become silent, and those that send again, by running time. */
export class SilenceWatch {
  private readonly wheel = new TimingWheel<WatchedSensor>();

  /**
   * @param rulesOf the rules about a sensor in its zone
   * @param onChanged called when the state of a sensor has changed
   */
  constructor(
    private readonly rulesOf: (sensor: WatchedSensor) => SensorRules,
    private readonly onChanged: (sensor: WatchedSensor) => void,
  ) {}

  /** Checks a sensor again when it could be silent. */
  schedule(sensor: WatchedSensor): void {
    if (sensor.heardMs === undefined) return;
    let dueMs = Infinity;
    for (const rule of this.rulesOf(sensor).silents)
      if (!sensor.stateOf(rule.id)) dueMs = Math.min(dueMs, silentAt(rule, sensor));
    if (dueMs < Infinity) this.wheel.add(sensor, dueMs);
  }

  /** Takes all sensors off the schedule. */
  clear(): void {
    this.wheel.clear();
  }

  /** Records that a reading of a sensor was accepted, and collects the events that follow from it. */
  heard(sensor: WatchedSensor, now: Moment, collector: EventCollector): void {
    const { heardMs } = sensor;
    const { runningMs } = now;
    if (heardMs !== undefined) {
      for (const rule of this.rulesOf(sensor).silents) {
        const silentMs = silentAt(rule, sensor);
        const wasReported = sensor.stateOf(rule.id) !== undefined;
        if (!wasReported && silentMs > runningMs) continue;
        if (!wasReported) collector.add(sensorSilent(rule, sensor, eventTime(silentMs, now)));
        collector.add(sensorReturned(rule, sensor, eventTime(runningMs, now), runningMs - heardMs));
        sensor.setState(rule.id, undefined);
      }
    }
    sensor.heardMs = runningMs;
  }

  /**
   * @param now everything accepted up to then has been judged
   * @param onFound called before the first sensor is taken for silent; when it fails, none is
   * @returns events about the sensors that have become silent, oldest first
   */
  async tick(now: Moment, onFound: () => Promise<void> | void): Promise<SystemEvent[]> {
    const due = this.wheel.take(now.runningMs);
    const found = due.flatMap((sensor) =>
      this.rulesOf(sensor)
        .silents.filter((rule) => silentAt(rule, sensor) <= now.runningMs && !sensor.stateOf(rule.id))
        .map((rule) => ({ rule, sensor, silentMs: silentAt(rule, sensor) })),
    );
    try {
      if (found.length > 0) await onFound();
      for (const { rule, sensor, silentMs } of found) {
        sensor.setState(rule.id, { isActive: true, sinceUs: silentMs * 1000 });
        this.onChanged(sensor);
      }
    } finally {
      for (const sensor of due) this.schedule(sensor);
    }
    return found
      .sort((a, b) => a.silentMs - b.silentMs)
      .map(({ rule, sensor, silentMs }) => sensorSilent(rule, sensor, eventTime(silentMs, now)));
  }
}

/** A rule does not look back beyond its own beginning. @returns running time */
function silentAt(
  { afterSeconds, sinceRunningMs = 0 }: SilentRule,
  { heardMs = Infinity }: WatchedSensor,
): number {
  return Math.max(heardMs + afterSeconds * 1000, sinceRunningMs);
}

/** @param thenMs the running time of the event, which says the same after every crash; the time of day then is calculated back */
function eventTime(thenMs: number, { runningMs, wallMs }: Moment): EventTime {
  return { momentUs: Math.round(thenMs * 1000), timeUs: Math.round((wallMs - (runningMs - thenMs)) * 1000) };
}
