/**
 * No InfluxDB shard begins or ends inside an hour: shard groups are whole hours long. The shortest has one hour; by default
 * InfluxDB chooses 1 h, 1 d or 7 d.
 */
const HOUR_US = 3_600_000_000;

/**
 * How long after a write the shard's cache certainly still exists. Every ten seconds InfluxDB frees the caches of shards with
 * nothing to flush; and a restart takes longer than this.
 */
const WARM_MS = 1_000;

/** @returns at least one of the times of each hour, in microseconds since the Unix epoch */
export function hoursOf(timesUs: ArrayLike<number>): number[] {
  const hours: number[] = [];
  // By index: an iterator would make an object of each number.
  for (let index = 0; index < timesUs.length; index += 1) {
    const timeUs = timesUs[index] ?? NaN;
    // Nearly always the hour of the time before. A time that appears twice does no harm.
    if (Math.floor(timeUs / HOUR_US) !== Math.floor((timesUs[index - 1] ?? NaN) / HOUR_US))
      hours.push(timeUs);
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
 * Lets writes run in parallel into hours that InfluxDB has just written to (warm), and all others one at a time (cold).
 * InfluxDB 2.9.1 acknowledges and loses a write that runs in parallel with the first one into a shard (Cache.init in its
 * tsm1/cache.go). The length of its shards is not known here, so two cold writes never run at once, wherever they go.
 */
export class ShardWriteGate {
  /** By hour: when it was last written to, the longest ago first. */
  private readonly writtenMs = new Map<number, number>();
  private readonly inFlight = new Set<Write>();
  private waiting: Waiting[] = [];

  /** @param nowMs a monotonic clock */
  constructor(private readonly nowMs = (): number => performance.now()) {}

  /**
   * Calls `send` once no write in flight can harm it, or be harmed by it. When it has resolved, the hours of these times are
   * warm.
   * @param signal ends the wait when it aborts: `send` is called even so, and must check it
   * @param send receives whether it had to wait
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

  /** Makes all hours cold: InfluxDB may have restarted. */
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
