/** Lets something happen at once, and again no sooner than a while after that, unless it is hurried. Holds up no exit. */
export class Throttle {
  private nextMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private resolve: () => void = () => undefined;

  constructor(private readonly everyMs: number) {}

  /** Returns when it is time; only one may wait. @param isUrgent whether it is at once */
  async wait(isUrgent: boolean): Promise<void> {
    const waitMs = this.nextMs - performance.now();
    if (!isUrgent && waitMs > 0)
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
        this.timer = setTimeout(resolve, waitMs).unref();
      });
    this.nextMs = performance.now() + this.everyMs;
  }

  /** Ends the waiting. */
  flush(): void {
    clearTimeout(this.timer);
    this.resolve();
  }
}
