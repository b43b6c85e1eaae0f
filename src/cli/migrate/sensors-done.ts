import type { MovedSensor, SensorPage } from './sensor-pages.js';

/** How many sensors are done, with the part of the present one: how much of its time is. */
export class SensorsDone {
  private index = -1;
  private firstUs: number | undefined;

  /** @param value how many are done before the first of these sensors */
  constructor(
    private readonly sensors: readonly MovedSensor[],
    public value = 0,
    private readonly before = value,
  ) {}

  /** Takes a page that is done. */
  take({ index, readings, isLast }: SensorPage): void {
    if (index !== this.index) this.firstUs = readings[0]?.timestampUs;
    this.index = index;
    this.value = this.before + index + (isLast ? 1 : this.shareOf(readings.at(-1)?.timestampUs));
  }

  private shareOf(doneUs: number | undefined): number {
    const lastUs = this.sensors[this.index]?.lastUs;
    const { firstUs } = this;
    if (lastUs === undefined || firstUs === undefined || doneUs === undefined || lastUs <= firstUs) return 0;
    return (doneUs - firstUs) / (lastUs - firstUs);
  }
}
