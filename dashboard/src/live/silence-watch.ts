/** A timer that fires later than this was held up: the page was busy, hidden or asleep, so bytes may wait unread. */
const LATE_MS = 500;
/** Time to read what waits, before silence is reported. */
const SECOND_LOOK_MS = 200;

/** Notices that nothing has come for a while. It looks twice, so that a page that was held up itself raises no alarm. */
export class SilenceWatch {
  private lastMs = performance.now();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param limitMs how long nothing may come
   * @param lookLaterMs how long it waits for a sign of life after the page was held up
   * @param onSilent called at most once between two signs of life, with the time since the last one
   */
  constructor(
    private readonly limitMs: number,
    private readonly lookLaterMs: number,
    private readonly onSilent: (silentMs: number) => void,
  ) {
    this.wait(limitMs, false);
  }

  /** Something came. */
  touch(): void {
    this.lastMs = performance.now();
    if (this.timer === undefined) this.wait(this.limitMs, false);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private wait(waitMs: number, isSecondLook: boolean): void {
    const dueMs = performance.now() + waitMs;
    this.timer = setTimeout(() => {
      const nowMs = performance.now();
      const restMs = this.lastMs + this.limitMs - nowMs;
      if (restMs > 0) this.wait(restMs, false);
      else if (!isSecondLook) this.wait(nowMs - dueMs > LATE_MS ? this.lookLaterMs : SECOND_LOOK_MS, true);
      else {
        this.timer = undefined;
        this.onSilent(nowMs - this.lastMs);
      }
    }, waitMs);
  }
}
