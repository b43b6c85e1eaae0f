/**
 * No InfluxDB shard begins or ends inside a stretch: its groups of shards are whole hours, an hour being the shortest
 * and 1 h, 1 d and 7 d being what it chooses itself. A group may be many stretches long.
 */
const STRETCH_US = 3_600_000_000;

/**
 * For how long after a write InfluxDB is trusted to have the shard's cache still. It frees that of a shard with nothing
 * to flush, which it looks for every ten seconds; and it takes longer than this to be started anew.
 */
const WARM_MS = 1_000;

/** At least one time of each hour that some times lie in, in microseconds since the Unix epoch. */
export function hoursOf(timesUs: Iterable<number>): number[] {
  const hours: number[] = [];
  let last = NaN;
  for (const timeUs of timesUs) {
    const hour = Math.floor(timeUs / STRETCH_US);
    // Nearly always the same as the one before; of many, a time that stands twice does no harm.
    if (hour !== last) hours.push(timeUs);
    last = hour;
  }
  return hours;
}

interface Write {
  readonly stretches: ReadonlySet<number>;
}

interface Waiting {
  readonly write: Write;
  readonly begin: () => void;
}

/**
 * Lets writes run side by side where InfluxDB has taken one just before, and else one at a time. InfluxDB 2.9.1
 * acknowledges and loses a write that meets the first one into a shard (Cache.init in its tsm1/cache.go), and how long
 * its shards are is not known here: two cold writes never run at once, wherever they go. Warm ones never wait.
 */
export class ShardWriteGate {
  /** When each was last written to, from the one longest ago on. */
  private readonly writtenMs = new Map<number, number>();
  private readonly underway = new Set<Write>();
  private waiting: Waiting[] = [];

  /** @param nowMs a clock that is never set back */
  constructor(private readonly nowMs = (): number => performance.now()) {}

  /**
   * Calls `send` once no other write that is under way can harm it, or be harmed by it. The stretches that these times
   * lie in are warm when what it returns resolves.
   * @param signal ends the wait when it aborts: `send` is called and must look at it
   * @param send is told whether it had to wait
   */
  async write(
    timesUs: readonly number[],
    signal: AbortSignal,
    send: (waited: boolean) => Promise<void>,
  ): Promise<void> {
    const write = { stretches: new Set(timesUs.map((timeUs) => Math.floor(timeUs / STRETCH_US))) };
    const waits = !this.mayBegin(write);
    if (waits) await this.untilItMayBegin(write, signal);
    else this.underway.add(write);
    try {
      await send(waits);
      this.warm(write);
    } finally {
      this.underway.delete(write);
      this.beginOthers();
    }
  }

  /** Takes nothing for warm any more: InfluxDB may have been started anew. */
  cool(): void {
    this.writtenMs.clear();
  }

  private mayBegin(write: Write): boolean {
    return this.isWarm(write) || [...this.underway].every((other) => this.isWarm(other));
  }

  private isWarm({ stretches }: Write): boolean {
    const sinceMs = this.nowMs() - WARM_MS;
    for (const stretch of stretches) if ((this.writtenMs.get(stretch) ?? -Infinity) <= sinceMs) return false;
    return true;
  }

  private untilItMayBegin(write: Write, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', begin);
        this.waiting = this.waiting.filter((other) => other !== waiting);
        this.underway.add(write);
        resolve();
      };
      const waiting = { write, begin };
      this.waiting.push(waiting);
      signal.addEventListener('abort', begin);
    });
  }

  private beginOthers(): void {
    for (const { write, begin } of [...this.waiting]) if (this.mayBegin(write)) begin();
  }

  private warm({ stretches }: Write): void {
    const nowMs = this.nowMs();
    for (const stretch of stretches) {
      this.writtenMs.delete(stretch);
      this.writtenMs.set(stretch, nowMs);
    }
    for (const [stretch, writtenMs] of this.writtenMs) {
      if (writtenMs > nowMs - WARM_MS) break;
      this.writtenMs.delete(stretch);
    }
  }
}
