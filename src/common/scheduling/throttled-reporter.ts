import { performance } from 'node:perf_hooks';

/** How often something may be reported. */
export interface ReportLimit {
  /** How many reports are allowed in a row… */
  readonly burst: number;
  /** …and the interval of further ones. */
  readonly everyMs: number;
}

/**
 * Reports a repeated event without flooding the log: the first few at once, then the newest at intervals, with the number
 * of events since the last report.
 */
export class ThrottledReporter<T> {
  private allowance: number;
  private allowedAtMs = performance.now();
  private pending: { readonly newest: T; readonly count: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param emit given the newest, and how many it stands for */
  constructor(
    private readonly emit: (event: T, count: number) => void,
    private readonly limit: ReportLimit,
  ) {
    this.allowance = limit.burst;
  }

  report(event: T): void {
    this.pending = { newest: event, count: (this.pending?.count ?? 0) + 1 };
    this.emitIfAllowed();
  }

  /** Reports what is pending at once. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { pending } = this;
    this.pending = undefined;
    if (pending) this.emit(pending.newest, pending.count);
  }

  private emitIfAllowed(): void {
    if (this.timer) return;
    const { burst, everyMs } = this.limit;
    const nowMs = performance.now();
    this.allowance = Math.min(burst, this.allowance + (nowMs - this.allowedAtMs) / everyMs);
    this.allowedAtMs = nowMs;
    if (this.allowance >= 1) {
      this.allowance -= 1;
      this.flush();
    } else {
      const waitMs = Math.ceil((1 - this.allowance) * everyMs);
      this.timer = setTimeout(() => {
        this.allowance = 0;
        this.allowedAtMs = performance.now();
        this.flush();
      }, waitMs).unref();
    }
  }
}
