import { Logger } from '@nestjs/common';

/** Measures at intervals what takes too long to measure while Prometheus waits. */
export class Sampler {
  private readonly logger = new Logger(Sampler.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @param sample if it fails, the last values stay */
  constructor(
    private readonly sample: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  /** Returns after the first measurement; repeats it until stop(). */
  async start(): Promise<void> {
    try {
      await this.sample();
    } catch (error) {
      this.logger.debug(`Cannot measure a value for /metrics: ${(error as Error).message}`);
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.start(), this.intervalMs).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
