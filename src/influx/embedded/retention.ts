import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

/** How far one step came. */
export interface DropStep {
  /** Where the next step begins; undefined when all sensors were looked at. */
  readonly nextSensor: number | undefined;
}

/** The steps of a retention; each is short, so that writes between them never wait long. */
export interface RetentionSteps {
  /** Drops about `maxReadings` of the readings before a time, in microseconds, from a sensor's key on. */
  dropBefore(beforeUs: number, fromSensor: number, maxReadings: number): DropStep;
  /** Gives some of the file's free space back to the disk. @returns whether there is more to give */
  giveBackSpace(): boolean;
}

type Asked<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;

/** At most so many readings in one step: some milliseconds. */
const READINGS_PER_STEP = 2_000;
/** A pause is so many times as long as the step before it, so at least ten parts of eleven are left to writes. */
const PAUSE_TO_STEP = 10;
const MIN_PASS_MS = 200;
const MAX_PASS_MS = 60_000;

/** Drops what is older than a store keeps, over and over, in small steps. */
export class Retention {
  private readonly logger = new Logger(Retention.name);
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  /**
   * @param keepMs how long readings are kept
   * @param steps carried out one after the other, with pauses
   */
  constructor(
    private readonly keepMs: number,
    private readonly steps: { readonly [S in keyof RetentionSteps]: Asked<RetentionSteps[S]> },
  ) {
    this.running = this.run();
  }

  /** Ends after the step under way. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.pass();
      } catch (error) {
        this.logger.warn(`Old readings cannot be dropped now: ${(error as Error).message}`);
      }
      await this.pause(Math.min(MAX_PASS_MS, Math.max(MIN_PASS_MS, this.keepMs / 20)));
    }
  }

  private async pass(): Promise<void> {
    const beforeUs = (Date.now() - this.keepMs) * 1000;
    let sensor: number | undefined = 0;
    while (sensor !== undefined && !this.stopping.signal.aborted) {
      const from: number = sensor;
      sensor = (await this.runStep(() => this.steps.dropBefore(beforeUs, from, READINGS_PER_STEP)))
        .nextSensor;
    }
    let more = true;
    while (more && !this.stopping.signal.aborted) more = await this.runStep(() => this.steps.giveBackSpace());
  }

  private async runStep<T>(step: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await step();
    await this.pause((performance.now() - begun) * PAUSE_TO_STEP);
    return result;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
