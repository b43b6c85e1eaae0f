import type { Post } from './factory.js';
import type { DemoReading } from './sensor.js';

/** What one sensor still has to measure. */
interface Course {
  readonly post: Post;
  readonly everyMs: number;
  nextMs: number;
}

/** Readings in the order in which they are sent, from a time on. */
export class Feed {
  private readonly courses: Course[];

  /**
   * @param fromMs when a sensor measures first
   * @param everyMs how often it does; its cadence, or less often
   */
  constructor(
    posts: readonly Post[],
    fromMs: (post: Post) => number,
    everyMs: (post: Post) => number = ({ cadenceMs }) => cadenceMs,
  ) {
    this.courses = posts.map((post) => {
      const every = everyMs(post);
      const { offsetMs } = post;
      // Always the same moments, whenever a demo starts: what is sent again lands on itself.
      const nextMs = offsetMs + Math.ceil((fromMs(post) - offsetMs) / every) * every;
      return { post, everyMs: every, nextMs };
    });
  }

  /** What is sent before a time, and was not asked for yet. */
  until(timeMs: number): DemoReading[] {
    const readings: DemoReading[] = [];
    for (const course of this.courses) {
      const { sensor } = course.post;
      while (course.nextMs < timeMs && sensor.sendsAtMs(course.nextMs) < timeMs) {
        const reading = sensor.measure(course.nextMs);
        if (reading) readings.push(reading);
        course.nextMs += course.everyMs;
      }
    }
    return readings.sort((a, b) => a.timestamp - b.timestamp);
  }
}
