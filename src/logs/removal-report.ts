import { formatDuration } from '../common/config/duration.js';

/** So that who sets a retention soon sees what it does. */
const FIRST_MS = 60_000;
const EVERY_MS = 86_400_000;

/** What a retention removes. */
export interface Removal {
  /** The variable, such as READINGS_RETENTION. */
  readonly variable: string;
  /** Undefined when it is off; then it removes nothing. */
  readonly retentionMs: number | undefined;
  /** What is counted, such as "readings". */
  readonly noun: string;
  /** How many were removed since the start. */
  readonly removed: () => number;
}

/** Says how much a retention has removed: a minute after the first time, then once a day, and at the end. */
export class RemovalReport {
  private saidRemoved = 0;
  /** Since when the next report counts; undefined until something was removed. */
  private sinceMs: number | undefined;
  private dueMs = Infinity;

  /**
   * @param steadyMs the monotonic clock, milliseconds
   * @param say takes a sentence
   */
  constructor(
    private readonly removal: Removal,
    private readonly steadyMs: () => number,
    private readonly say: (message: string) => void,
  ) {}

  /** To be called again and again: says what is due. */
  check(): void {
    const nowMs = this.steadyMs();
    if (this.sinceMs === undefined && this.removal.removed() > 0) {
      this.sinceMs = nowMs;
      this.dueMs = nowMs + FIRST_MS;
    }
    if (nowMs < this.dueMs) return;
    this.dueMs = nowMs + EVERY_MS;
    this.sayRemoved(nowMs);
  }

  /** Says what was not said yet. */
  flush(): void {
    this.sayRemoved(this.steadyMs());
  }

  private sayRemoved(nowMs: number): void {
    const { variable, retentionMs, noun, removed } = this.removal;
    const total = removed();
    const count = total - this.saidRemoved;
    const passedMs = nowMs - (this.sinceMs ?? nowMs);
    this.saidRemoved = total;
    this.sinceMs = nowMs;
    if (count === 0 || retentionMs === undefined) return;
    this.say(
      `${variable} (${formatDuration(retentionMs)}) removed ${count} ${noun} in the last ${roundedSpan(passedMs)}`,
    );
  }
}

/** In whole minutes, from an hour on in whole hours. */
export function roundedSpan(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
