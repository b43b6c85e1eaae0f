import type { ShareOwner } from './log-shares.js';
import { roundedSpan } from './removal-report.js';

/** So that who reads the log soon sees what leaves it. */
const FIRST_MS = 60_000;
/** While one rule and sensor loses most. */
const HOURLY_MS = 3_600_000;
/** While the log is full, but nobody takes most of it: that is no fault. */
const DAILY_MS = 24 * HOURLY_MS;
/** Owners that are counted one by one; the entries of others count only together. */
const MAX_OWNERS = 1_000;

const numbers = new Intl.NumberFormat('en-US');

/** What to say about a log that drops entries because it is full. */
export interface Crowding {
  /** `anomaly` when one rule and sensor has lost more than half. */
  readonly type: 'anomaly' | 'normal';
  readonly message: string;
  /** The sensor that has lost most, if it is about one. */
  readonly sensorId?: string;
  /** How many entries it is about. */
  readonly count: number;
}

interface Loss extends ShareOwner {
  count: number;
}

/** Says whose entries leave the full log: a minute after the first time, then hourly or daily, and at the end. */
export class CrowdingReport {
  private losses = new Map<string, Loss>();
  private sinceMs: number | undefined;
  private saidMs: number | undefined;

  /**
   * @param maxEntries the most that the log holds
   * @param steadyMs the monotonic clock, milliseconds
   */
  constructor(
    private readonly maxEntries: number,
    private readonly steadyMs: () => number,
  ) {}

  /** Counts entries that have left, by their owners. */
  add(owners: readonly ShareOwner[]): void {
    for (const { ruleId, sensorId } of owners) {
      const key = JSON.stringify([ruleId, sensorId]);
      const loss = this.losses.get(key);
      if (loss) loss.count += 1;
      else if (this.losses.size < MAX_OWNERS) this.losses.set(key, { ruleId, sensorId, count: 1 });
    }
  }

  /**
   * To be called again and again.
   * @param untold how many entries have left since the last report
   * @returns what is due, if anything
   */
  check(untold: number): Crowding | undefined {
    if (untold === 0) return undefined;
    const nowMs = this.steadyMs();
    this.sinceMs ??= nowMs;
    const { sinceMs, saidMs } = this;
    if (nowMs < sinceMs + FIRST_MS) return undefined;
    const intervalMs = this.mostOf(untold) ? HOURLY_MS : DAILY_MS;
    return saidMs !== undefined && nowMs < saidMs + intervalMs ? undefined : this.flush(untold);
  }

  /** @returns what was not said yet, if anything */
  flush(untold: number): Crowding | undefined {
    if (untold === 0) return undefined;
    const nowMs = this.steadyMs();
    const most = this.mostOf(untold);
    const message = `${this.summary(untold, nowMs)}${most ? `; ${describe(most)}` : ''}`;
    this.losses = new Map();
    this.saidMs = nowMs;
    this.sinceMs = undefined;
    return {
      type: most ? 'anomaly' : 'normal',
      message,
      ...(most?.sensorId != null && { sensorId: most.sensorId }),
      count: untold,
    };
  }

  private summary(untold: number, nowMs: number): string {
    const entries = untold === 1 ? '1 old entry' : `${numbers.format(untold)} old entries`;
    const sinceMs = this.sinceMs ?? nowMs;
    return `The system log is full (${numbers.format(this.maxEntries)} entries) and dropped ${entries} within ${roundedSpan(nowMs - sinceMs)}`;
  }

  /** The owner of more than half of the entries. */
  private mostOf(untold: number): Loss | undefined {
    return [...this.losses.values()].find(({ count }) => count * 2 > untold);
  }
}

function describe({ ruleId, sensorId, count }: Loss): string {
  const whose = [
    ...(sensorId === null ? [] : [`about ${sensorId}`]),
    ...(ruleId === null ? [] : [`by rule ${ruleId}`]),
  ].join(' ');
  const remedy = ruleId === null ? '' : ': if its value flaps, give the rule a hysteresis or forSeconds';
  return `${numbers.format(count)} of them were entries ${whose || 'about the gateway itself'}, which has more than anybody else${remedy}`;
}
