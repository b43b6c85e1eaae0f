import type { SystemEvent } from '../model/system-event.js';
import type { EventCollector } from './event-collector.js';
import type { SilentRule } from './rule.js';
import { sensorReturned, sensorSilent } from './rule-events.js';
import type { SensorRules } from './rule-index.js';
import { TimingWheel } from './timing-wheel.js';
import type { WatchedSensor } from './watched-sensor.js';

/** Ticks may arrive out of order by less than this. More means that the machine's clock was set back. */
const SET_BACK_MS = 1_000;

/** Finds the sensors that have become silent, and those that send again. */
export class SilenceWatch {
  private readonly wheel = new TimingWheel<WatchedSensor>();
  /** Time of the last tick. Before the first, nobody knows whether the clock was set back since the previous run. */
  private lastTickMs = Infinity;

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
  heard(sensor: WatchedSensor, acceptedMs: number, collector: EventCollector): void {
    const { heardMs } = sensor;
    if (heardMs !== undefined) {
      for (const rule of this.rulesOf(sensor).silents) {
        const silentMs = silentAt(rule, sensor);
        const wasReported = sensor.stateOf(rule.id) !== undefined;
        if (!wasReported && silentMs > acceptedMs) continue;
        if (!wasReported) collector.add(sensorSilent(rule, sensor, silentMs));
        collector.add(sensorReturned(rule, sensor, acceptedMs, acceptedMs - heardMs));
        sensor.setState(rule.id, undefined);
      }
    }
    sensor.heardMs = acceptedMs;
  }

  /**
   * @param nowMs milliseconds since the Unix epoch; everything accepted up to then has been judged
   * @param sensors all of them, in case the clock was set back
   * @returns events about the sensors that have become silent, oldest first
   */
  tick(nowMs: number, sensors: () => Iterable<WatchedSensor>): SystemEvent[] {
    if (nowMs < this.lastTickMs - SET_BACK_MS) this.followClockBack(nowMs, sensors());
    this.lastTickMs = nowMs;
    const events: SystemEvent[] = [];
    for (const sensor of this.wheel.take(nowMs)) {
      for (const rule of this.rulesOf(sensor).silents) {
        const silentMs = silentAt(rule, sensor);
        if (silentMs > nowMs || sensor.stateOf(rule.id)) continue;
        events.push(sensorSilent(rule, sensor, silentMs));
        sensor.setState(rule.id, { isActive: true, sinceUs: silentMs * 1000 });
        this.onChanged(sensor);
      }
      this.schedule(sensor);
    }
    return events.sort((a, b) => a.timeUs - b.timeUs);
  }

  /** A future time is from before the clock was set back: it counts as now. */
  private followClockBack(nowMs: number, sensors: Iterable<WatchedSensor>): void {
    for (const sensor of sensors) {
      if (sensor.heardMs === undefined || sensor.heardMs <= nowMs) continue;
      sensor.heardMs = nowMs;
      this.onChanged(sensor);
      this.schedule(sensor);
    }
  }
}

/** A rule does not look back beyond its own beginning. @returns milliseconds since the Unix epoch */
function silentAt({ afterSeconds, sinceMs }: SilentRule, { heardMs = Infinity }: WatchedSensor): number {
  return Math.max(heardMs + afterSeconds * 1000, sinceMs);
}
