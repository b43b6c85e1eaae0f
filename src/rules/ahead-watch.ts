import type { Reading } from '../model/reading.js';
import type { EventCollector } from './event-collector.js';
import { sensorAhead } from './rule-events.js';
import type { Moment } from './silence-watch.js';
import type { WatchedSensor } from './watched-sensor.js';

/** A device whose timestamps are ahead by more than this is reported once an hour. */
const AHEAD_US = 60_000_000;
const HOUR_MS = 3_600_000;
/** Sensors that are reported for it in one hour: when the gateway's own clock is behind, all of them seem to be ahead. */
const AHEAD_PER_HOUR = 100;

/** Reports devices whose timestamps are ahead of the gateway's clock. */
export class AheadWatch {
  /** An hour of running time, and how many sensors were reported in it. */
  private hour = -Infinity;
  private reported = 0;

  /** Counts what the previous run reported of a sensor. */
  restore({ aheadMs }: WatchedSensor): void {
    if (aheadMs !== undefined && this.isInHour(aheadMs)) this.reported += 1;
  }

  /** Takes a reading with a timestamp of its device, and collects the event that follows from it. */
  sent(
    sensor: WatchedSensor,
    reading: Reading,
    { runningMs, wallMs }: Moment,
    collector: EventCollector,
  ): void {
    if (reading.timestampUs <= wallMs * 1000 + AHEAD_US) return;
    if (runningMs - (sensor.aheadMs ?? -Infinity) < HOUR_MS) return;
    if (this.isInHour(runningMs) && this.reported === AHEAD_PER_HOUR) return;
    this.reported += 1;
    sensor.aheadMs = runningMs;
    const at = { timeUs: wallMs * 1000, momentUs: runningMs * 1000 };
    collector.add(sensorAhead(reading, at, this.reported === AHEAD_PER_HOUR));
  }

  /** Begins a later hour. @returns false for a time in an earlier one */
  private isInHour(runningMs: number): boolean {
    const hour = Math.floor(runningMs / HOUR_MS);
    if (hour > this.hour) {
      this.hour = hour;
      this.reported = 0;
    }
    return hour === this.hour;
  }
}
