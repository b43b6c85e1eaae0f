import type { ScheduledSensor } from './factory.js';
import { Feed } from './feed.js';
import type { DemoReading } from './sensor.js';

/** The maximum of readings of one sensor, and of all together. A gateway accepts that many within seconds. */
const MAX_OF_ONE = 3_000;
const MAX_OF_ALL = 400_000;

/** Batch size: about how many readings are made at once. */
const BATCH = 900;

/** The readings that the sensors would have sent before now. */
export class History {
  /** About how many readings that is. */
  readonly size: number;
  private readonly fromMs: number;
  private readonly strides: ReadonlyMap<ScheduledSensor, number>;

  /** @param newestMs returns the newest timestamp that the gateway has of a sensor; undefined when it has none */
  constructor(
    private readonly posts: readonly ScheduledSensor[],
    lengthMs: number,
    private readonly nowMs: number,
    private readonly newestMs: (sensorId: string) => number | undefined,
  ) {
    this.fromMs = nowMs - lengthMs;
    const even = Math.max(1, Math.floor(MAX_OF_ALL / posts.length));
    this.strides = new Map(
      posts.map((post) => {
        // Detectors must learn what is usual for a sensor with an incident, from all its readings.
        const most = post.hasIncident ? MAX_OF_ONE : Math.min(MAX_OF_ONE, even);
        return [post, post.cadenceMs * Math.ceil(lengthMs / post.cadenceMs / most)];
      }),
    );
    this.size = Math.round(
      posts.reduce((sum, post) => sum + Math.max(0, nowMs - this.startOf(post)) / this.strideOf(post), 0),
    );
  }

  /** The readings in batches, the oldest of each sensor first. */
  *pieces(): Generator<DemoReading[]> {
    const feed = new Feed(
      this.posts,
      (post) => this.startOf(post),
      (post) => this.strideOf(post),
    );
    const steps = Math.max(1, Math.ceil(this.size / BATCH));
    for (let step = 1; step <= steps; step += 1) {
      const untilMs = this.fromMs + ((this.nowMs - this.fromMs) * step) / steps;
      yield feed.until(untilMs);
    }
  }

  private startOf(post: ScheduledSensor): number {
    return Math.max(this.fromMs, (this.newestMs(post.sensor.sensorId) ?? -Infinity) + 1);
  }

  private strideOf(post: ScheduledSensor): number {
    return this.strides.get(post) ?? post.cadenceMs;
  }
}
