import { performance } from 'node:perf_hooks';

/** How often something may be told. */
export interface ReportLimit {
  /** So many times in a row at once… */
  readonly burst: number;
  /** …and from then on once in so many milliseconds. */
  readonly everyMs: number;
}

/**
 * Tells what happens again and again without flooding who reads it: the first few times at once, then from time to
 * time the newest, and how many there were since the last telling.
 */
export class ThrottledReporter<T> {
  private allowance: number;
  private allowedAtMs = performance.now();
  private pending: { readonly newest: T; readonly count: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param emit given the newest, and how many it stands for */
  constructor(
    private readonly emit: (what: T, count: number) => void,
    private readonly limit: ReportLimit,
  ) {
    this.allowance = limit.burst;
  }

  report(what: T): void {
    this.pending = { newest: what, count: (this.pending?.count ?? 0) + 1 };
    this.emitIfAllowed();
  }

  /** Tells what is untold, however lately something was told. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { pending: untold } = this;
    this.pending = undefined;
    if (untold) this.emit(untold.newest, untold.count);
  }

  private emitIfAllowed(): void {
    if (this.timer) return;
    const { burst: atOnce, everyMs } = this.limit;
    const nowMs = performance.now();
    this.allowance = Math.min(atOnce, this.allowance + (nowMs - this.allowedAtMs) / everyMs);
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
