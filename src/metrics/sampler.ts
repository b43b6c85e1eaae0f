import { Logger } from '@nestjs/common';

/** Measures now and then what would be too slow to measure while Prometheus waits. */
export class Sampler {
  private readonly logger = new Logger(Sampler.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @param sample what fails leaves the figures as they were */
  constructor(
    private readonly sample: () => Promise<void>,
    private readonly everyMs: number,
  ) {}

  /** Returns once it was measured for the first time; goes on until stop(). */
  async start(): Promise<void> {
    try {
      await this.sample();
    } catch (error) {
      this.logger.debug(`A figure cannot be measured: ${(error as Error).message}`);
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.start(), this.everyMs).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
