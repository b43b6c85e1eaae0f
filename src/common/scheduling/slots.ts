/** Runs a few tasks at once. The others wait for their turn, first come, first served. */
export class Slots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * @param size how many run at once
   * @param maxWaiting how many wait at most
   */
  constructor(
    private readonly size: number,
    private readonly maxWaiting: number,
  ) {}

  /** Whether run() would neither run a task nor let it wait. */
  get isFull(): boolean {
    return this.running >= this.size && this.waiting.length >= this.maxWaiting;
  }

  /** Runs `act` when a slot is free. @returns its result */
  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.running >= this.size) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await act();
    } finally {
      // The slot goes on to the next one.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
