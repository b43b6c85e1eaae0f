import type { Steps } from '../common/scheduling/time-slices.js';
import type { Sensor } from '../registry/sensor.js';

/** Sensors put into their ranges in one step: about 0.1 ms. */
const SENSORS_PER_STEP = 300;
/** Ids that are sorted for each range, to find where it begins. */
const SAMPLES_PER_RANGE = 32;

/**
 * Splits sensors into ranges by their ids, step by step: sorting all of them would hold up the event loop. Sensors of a range are
 * near each other in state.db, so that its pages are written once for many of them.
 */
export class SensorRanges implements Steps {
  /** The ids that all ranges but the first begin with, in order. */
  private readonly begins: readonly string[];
  private readonly ranges: Sensor[][];
  private done = 0;

  /** @param perRange how many sensors a range has, about */
  constructor(
    private readonly sensors: readonly Sensor[],
    private readonly perRange: number,
  ) {
    const count = Math.max(1, Math.ceil(sensors.length / perRange));
    this.ranges = Array.from({ length: count }, () => []);
    this.begins = count === 1 ? [] : beginsOf(sensors, count);
  }

  step(): boolean {
    const end = Math.min(this.done + SENSORS_PER_STEP, this.sensors.length);
    for (; this.done < end; this.done += 1) {
      const sensor = this.sensors[this.done];
      if (sensor) this.ranges[this.rangeOf(sensor.latest.sensorId)]?.push(sensor);
    }
    return end < this.sensors.length;
  }

  /** The ranges in order, once step() has returned false; one that became too large in slices. */
  slices(): readonly (readonly Sensor[])[] {
    const max = this.perRange * 2;
    const slices: (readonly Sensor[])[] = [];
    for (const range of this.ranges)
      for (let at = 0; at < range.length; at += max) slices.push(range.slice(at, at + max));
    return slices;
  }

  private rangeOf(sensorId: string): number {
    let low = 0;
    let high = this.begins.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.begins[middle] ?? '') <= sensorId) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function beginsOf(sensors: readonly Sensor[], count: number): string[] {
  const samples = count * SAMPLES_PER_RANGE;
  const ids: string[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const sensor = sensors[Math.floor((sample * sensors.length) / samples)];
    if (sensor) ids.push(sensor.latest.sensorId);
  }
  ids.sort();
  return Array.from({ length: count - 1 }, (_, range) => ids[(range + 1) * SAMPLES_PER_RANGE] ?? '');
}
