import type { ScheduledSensor } from './factory.js';
import { Feed } from './feed.js';
import type { DemoReading } from './sensor.js';

/** The most readings of one sensor, and of all together: what a gateway takes in some seconds. */
const MAX_OF_ONE = 3_000;
const MAX_OF_ALL = 400_000;

/** About so many readings are made at once. */
const STEP = 900;

/** What sensors would have measured before now. */
export class History {
  /** About how many readings that is. */
  readonly size: number;
  private readonly fromMs: number;
  private readonly strides: ReadonlyMap<ScheduledSensor, number>;

  /** @param newestMs up to when a sensor's readings are with the gateway already; undefined, there are none */
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
        // What is usual for a sensor with a story has to be learnt from all of it.
        const most = post.hasStory ? MAX_OF_ONE : Math.min(MAX_OF_ONE, even);
        return [post, post.cadenceMs * Math.ceil(lengthMs / post.cadenceMs / most)];
      }),
    );
    this.size = Math.round(
      posts.reduce((sum, post) => sum + Math.max(0, nowMs - this.startOf(post)) / this.strideOf(post), 0),
    );
  }

  /** Readings in pieces, of each sensor the oldest first. */
  *pieces(): Generator<DemoReading[]> {
    const feed = new Feed(
      this.posts,
      (post) => this.startOf(post),
      (post) => this.strideOf(post),
    );
    const steps = Math.max(1, Math.ceil(this.size / STEP));
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
