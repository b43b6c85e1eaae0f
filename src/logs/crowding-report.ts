import type { LoggedEvent } from '../model/system-event.js';
import { roundedSpan } from './removal-report.js';

/** So that who reads the log soon sees what leaves it. */
const FIRST_MS = 60_000;
/** While most new entries are of one rule and sensor. */
const HOURLY_MS = 3_600_000;
/** While the log is full, and nobody floods it: that is no fault. */
const DAILY_MS = 24 * HOURLY_MS;
/** Fewer new entries are no flood, whoever they are of. */
const MIN_FLOOD = 100;
/** Owners that are counted one by one; the entries of others count only together. */
const MAX_OWNERS = 1_000;

const numbers = new Intl.NumberFormat('en-US');

/** What to say about a log that drops entries because it is full. */
export interface Crowding {
  /** `anomaly` when more than half of the new entries were of one rule and sensor. */
  readonly type: 'anomaly' | 'normal';
  readonly message: string;
  /** The sensor of those, if they are about one. */
  readonly sensorId?: string;
  /** How many entries it is about. */
  readonly count: number;
}

interface Flood extends Pick<LoggedEvent, 'ruleId' | 'sensorId'> {
  count: number;
}

/**
 * Says how many entries leave the full log, and for whose new entries: a minute after the first time, then hourly or daily, and at
 * the end.
 */
export class CrowdingReport {
  private floods = new Map<string, Flood>();
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

  /** Counts entries for which others have left, by rule and sensor. */
  add(appended: readonly Pick<LoggedEvent, 'ruleId' | 'sensorId'>[]): void {
    for (const { ruleId, sensorId } of appended) {
      const key = JSON.stringify([ruleId, sensorId]);
      const flood = this.floods.get(key);
      if (flood) flood.count += 1;
      else if (this.floods.size < MAX_OWNERS) this.floods.set(key, { ruleId, sensorId, count: 1 });
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
    this.floods = new Map();
    this.saidMs = nowMs;
    this.sinceMs = undefined;
    return {
      type: most ? 'anomaly' : 'normal',
      message,
      ...(most?.sensorId !== undefined && { sensorId: most.sensorId }),
      count: untold,
    };
  }

  private summary(untold: number, nowMs: number): string {
    const entries = untold === 1 ? '1 old entry' : `${numbers.format(untold)} old entries`;
    const sinceMs = this.sinceMs ?? nowMs;
    return `The system log is full (${numbers.format(this.maxEntries)} entries) and dropped ${entries} within ${roundedSpan(nowMs - sinceMs)}`;
  }

  /** Who has made more than half of the new entries, if they are many. */
  private mostOf(untold: number): Flood | undefined {
    return [...this.floods.values()].find(({ count }) => count >= MIN_FLOOD && count * 2 > untold);
  }
}

function describe({ ruleId, sensorId, count }: Flood): string {
  const whose = [
    ...(sensorId === undefined ? [] : [`about ${sensorId}`]),
    ...(ruleId === undefined ? [] : [`by rule ${ruleId}`]),
  ].join(' ');
  const remedy = ruleId === undefined ? '' : ': if its value flaps, give the rule a hysteresis or forSeconds';
  return `${numbers.format(count)} new ones were ${whose || 'about the gateway itself'}${remedy}`;
}
