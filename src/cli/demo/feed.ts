import type { ScheduledSensor } from './factory.js';
import type { DemoReading } from './sensor.js';

/** When a sensor measures next. */
interface SensorSchedule {
  readonly post: ScheduledSensor;
  readonly everyMs: number;
  nextMs: number;
}

/** Readings in the order in which they are sent, from a time on. */
export class Feed {
  private readonly schedules: SensorSchedule[];

  /**
   * @param fromMs when a sensor measures first
   * @param everyMs the interval of its readings: its cadence, or longer
   */
  constructor(
    posts: readonly ScheduledSensor[],
    fromMs: (post: ScheduledSensor) => number,
    everyMs: (post: ScheduledSensor) => number = ({ cadenceMs }) => cadenceMs,
  ) {
    this.schedules = posts.map((post) => {
      const every = everyMs(post);
      const { offsetMs } = post;
      // The same timestamps whenever a demo starts, so that a reading sent again overwrites the same point.
      const nextMs = offsetMs + Math.ceil((fromMs(post) - offsetMs) / every) * every;
      return { post, everyMs: every, nextMs };
    });
  }

  /** The readings that are sent before a time, and that no earlier call returned. */
  until(timeMs: number): DemoReading[] {
    const readings: DemoReading[] = [];
    for (const schedule of this.schedules) {
      const { sensor } = schedule.post;
      while (schedule.nextMs < timeMs && sensor.sendsAtMs(schedule.nextMs) < timeMs) {
        const reading = sensor.measure(schedule.nextMs);
        if (reading) readings.push(reading);
        schedule.nextMs += schedule.everyMs;
      }
    }
    return readings.sort((a, b) => a.timestamp - b.timestamp);
  }
}
