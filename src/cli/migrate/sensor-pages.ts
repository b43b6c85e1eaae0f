import type { Reading, ReadingPosition } from '../../model/reading.js';

/** A sensor whose readings are moved. */
export interface MovedSensor {
  readonly sensorId: string;
  /** The time of its newest reading when the command began; what arrives later is not moved. */
  readonly lastUs: number;
}

/** Some readings of a sensor, in order. */
export interface SensorPage {
  /** The sensor's index among those that are read. */
  readonly index: number;
  readonly readings: readonly Reading[];
  /** Whether these are the sensor's last ones. */
  readonly isLast: boolean;
}

/** Readings of one page. */
export const PAGE_READINGS = 10_000;

/** How many sensors are read at the same time: most of a short query's time is its way. */
const SENSORS_AHEAD = 4;

/** Reads at most PAGE_READINGS readings of a sensor that follow a position. */
export type ReadPage = (sensor: MovedSensor, after: ReadingPosition | undefined) => Promise<Reading[]>;

/**
 * The readings of sensors, one sensor after the other, in pages; at least one page for each. What follows is read ahead: a few
 * pages are in memory.
 * @param after the position in the first sensor to begin behind
 */
export async function* sensorPages(
  sensors: readonly MovedSensor[],
  read: ReadPage,
  after?: ReadingPosition,
): AsyncGenerator<SensorPage, void> {
  const firstPages: Promise<Reading[]>[] = [];
  for (const [index] of sensors.entries()) {
    while (firstPages.length < SENSORS_AHEAD + index) {
      const sensor = sensors[firstPages.length];
      if (!sensor) break;
      firstPages.push(begin(read(sensor, firstPages.length === 0 ? after : undefined)));
    }
    for (let next = firstPages[index]; next;) {
      const readings: readonly Reading[] = await next;
      const isLast = readings.length < PAGE_READINGS;
      const sensor = sensors[index];
      next = isLast || !sensor ? undefined : begin(read(sensor, readings.at(-1)));
      // Its readings are not kept in memory until the end.
      firstPages[index] = NOTHING;
      yield { index, readings, isLast };
    }
  }
}

const NOTHING: Promise<Reading[]> = Promise.resolve([]);

/** Until it is awaited, a failure must not count as unhandled. */
function begin<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined);
  return reading;
}

/** Walks along the readings of one sensor after the other. */
export class SensorCursor {
  private page: SensorPage = { index: -1, readings: [], isLast: true };
  private at = 0;

  constructor(private readonly pages: AsyncGenerator<SensorPage, void>) {}

  /** The reading at the cursor; undefined behind the sensor's last one. */
  get current(): Reading | undefined {
    return this.page.readings[this.at];
  }

  /** Goes to the first reading of the next sensor, after the last one of this sensor. */
  async nextSensor(): Promise<void> {
    await this.nextPage();
    await this.fill();
  }

  /** Goes to the next reading of this sensor. @returns whether fill() must be called before `current` is right */
  advance(): boolean {
    this.at += 1;
    return this.at >= this.page.readings.length && !this.page.isLast;
  }

  async fill(): Promise<void> {
    while (this.at >= this.page.readings.length && !this.page.isLast) await this.nextPage();
  }

  private async nextPage(): Promise<void> {
    const next = await this.pages.next();
    if (next.done) throw new Error('There is no further sensor');
    this.page = next.value;
    this.at = 0;
  }
}
