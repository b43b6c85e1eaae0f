/** Lets something happen at most once in an interval, unless it is urgent. The timer is unref'ed. */
export class Throttle {
  private nextMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private resolve: () => void = () => undefined;

  constructor(private readonly everyMs: number) {}

  /** Returns when the interval is over; only one caller may wait. @param isUrgent returns at once */
  async wait(isUrgent: boolean): Promise<void> {
    const waitMs = this.nextMs - performance.now();
    if (!isUrgent && waitMs > 0)
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
        this.timer = setTimeout(resolve, waitMs).unref();
      });
    this.nextMs = performance.now() + this.everyMs;
  }

  /** Lets the interval that has begun end in `ms` at the earliest. */
  pause(ms: number): void {
    this.nextMs = Math.max(this.nextMs, performance.now() + ms);
  }

  /** Ends the wait, or the interval before the next one. */
  flush(): void {
    this.nextMs = 0;
    clearTimeout(this.timer);
    this.resolve();
  }
}
