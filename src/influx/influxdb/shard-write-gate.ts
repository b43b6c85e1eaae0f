/**
 * No InfluxDB shard begins or ends inside a stretch: its groups of shards are whole hours, an hour being the shortest
 * and 1 h, 1 d and 7 d being what it chooses itself. A group may be many stretches long.
 */
const HOUR_US = 3_600_000_000;

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
    const hour = Math.floor(timeUs / HOUR_US);
    // Nearly always the same as the one before; of many, a time that stands twice does no harm.
    if (hour !== last) hours.push(timeUs);
    last = hour;
  }
  return hours;
}

interface Write {
  readonly hours: ReadonlySet<number>;
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
  private readonly inFlight = new Set<Write>();
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
    const write = { hours: new Set(timesUs.map((timeUs) => Math.floor(timeUs / HOUR_US))) };
    const waits = !this.maySend(write);
    if (waits) await this.waitForTurn(write, signal);
    else this.inFlight.add(write);
    try {
      await send(waits);
      this.markWarm(write);
    } finally {
      this.inFlight.delete(write);
      this.startWaiting();
    }
  }

  /** Takes nothing for warm any more: InfluxDB may have been started anew. */
  forgetAll(): void {
    this.writtenMs.clear();
  }

  private maySend(write: Write): boolean {
    return this.isWarm(write) || [...this.inFlight].every((other) => this.isWarm(other));
  }

  private isWarm({ hours }: Write): boolean {
    const sinceMs = this.nowMs() - WARM_MS;
    for (const hour of hours) if ((this.writtenMs.get(hour) ?? -Infinity) <= sinceMs) return false;
    return true;
  }

  private waitForTurn(write: Write, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', begin);
        this.waiting = this.waiting.filter((other) => other !== waiting);
        this.inFlight.add(write);
        resolve();
      };
      const waiting = { write, begin };
      this.waiting.push(waiting);
      signal.addEventListener('abort', begin);
    });
  }

  private startWaiting(): void {
    for (const { write, begin } of [...this.waiting]) if (this.maySend(write)) begin();
  }

  private markWarm({ hours }: Write): void {
    const nowMs = this.nowMs();
    for (const hour of hours) {
      this.writtenMs.delete(hour);
      this.writtenMs.set(hour, nowMs);
    }
    for (const [hour, writtenMs] of this.writtenMs) {
      if (writtenMs > nowMs - WARM_MS) break;
      this.writtenMs.delete(hour);
    }
  }
}
