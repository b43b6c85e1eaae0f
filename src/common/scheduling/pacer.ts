/** How much is done in one tick, and how often. */
export interface Pace {
  readonly perTick: number;
  readonly everyMs: number;
}

/**
 * Runs work that no well-behaved client waits for, slowly and in order: however much of it there is, it takes only a small
 * part of the event loop's time. The timer is unref'ed.
 */
export class Pacer {
  private readonly waiting: (() => number)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly pace: Pace) {}

  /** How many pieces of work wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** @param act does the work or a part of it, and may add itself again; returns how much it did */
  add(act: () => number): void {
    this.waiting.push(act);
    this.timer ??= setInterval(() => {
      this.runSome(this.pace.perTick);
    }, this.pace.everyMs).unref();
  }

  /** Runs all waiting work now. */
  flush(): void {
    this.runSome(Infinity);
  }

  private runSome(most: number): void {
    let done = 0;
    for (let count = this.waiting.length; count > 0 && done < most; count -= 1)
      done += this.waiting.shift()?.() ?? 0;
    if (this.waiting.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
