/** How much is done at once, and how often. */
export interface Pace {
  readonly perTick: number;
  readonly everyMs: number;
}

/**
 * Lets work wait in turn that nobody honest is waiting for, so that however much of it there is, the event loop is busy
 * with it for a small part of its time. Holds up no exit.
 */
export class Pacer {
  private readonly waiting: (() => number)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly pace: Pace) {}

  /** How many wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** @param act does the work, or some of it, and then may wait again; gives how much that was */
  add(act: () => number): void {
    this.waiting.push(act);
    this.timer ??= setInterval(() => {
      this.runSome(this.pace.perTick);
    }, this.pace.everyMs).unref();
  }

  /** Does at once what waits. */
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
