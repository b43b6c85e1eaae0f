import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import type { ExpiryClock } from '../../clock/expiry-clock.js';

/** What is kept, and by which clock. */
export interface RetentionOptions {
  /** How long readings are kept, in milliseconds. */
  readonly keepMs: number;
  readonly clock: Pick<ExpiryClock, 'nowMs'>;
}

/** How far one step got. */
export interface DropStep {
  /** How many readings it deleted. */
  readonly removed: number;
  /** The sensor key where the next step begins; undefined when all sensors are done. */
  readonly nextSensor: number | undefined;
}

/** The steps of the retention. Each is short, so that writes in between never wait long. */
export interface RetentionSteps {
  /** Deletes about `maxReadings` readings before a time, in microseconds, starting with a sensor's key. */
  dropBefore(beforeUs: number, fromSensor: number, maxReadings: number): DropStep;
  /** Returns some of the file's free space to the disk. @returns whether there is more */
  giveBackSpace(): boolean;
}

type Async<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;

/** The most readings of one step: a few milliseconds. */
const READINGS_PER_STEP = 2_000;
/** A pause is this many times as long as the step before it: at least 10/11 of the time is left for writes. */
const PAUSE_TO_STEP = 10;
const MIN_PASS_MS = 200;
const MAX_PASS_MS = 60_000;

/** Deletes readings that are older than the retention, again and again, in small steps. */
export class Retention {
  private readonly logger = new Logger(Retention.name);
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private removedReadings = 0;

  /** @param steps called one after the other, with pauses */
  constructor(
    private readonly options: RetentionOptions,
    private readonly steps: { readonly [S in keyof RetentionSteps]: Async<RetentionSteps[S]> },
  ) {
    this.running = this.run();
  }

  /** How many readings were deleted so far. */
  get removed(): number {
    return this.removedReadings;
  }

  /** Ends after the current step. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.pass();
      } catch (error) {
        this.logger.warn(`Cannot delete old readings now: ${(error as Error).message}`);
      }
      await this.pause(Math.min(MAX_PASS_MS, Math.max(MIN_PASS_MS, this.options.keepMs / 20)));
    }
  }

  private async pass(): Promise<void> {
    const { keepMs, clock } = this.options;
    const beforeUs = Math.floor((clock.nowMs - keepMs) * 1000);
    let sensor: number | undefined = 0;
    while (sensor !== undefined && !this.stopping.signal.aborted) {
      const from: number = sensor;
      const step = await this.runStep(() => this.steps.dropBefore(beforeUs, from, READINGS_PER_STEP));
      this.removedReadings += step.removed;
      sensor = step.nextSensor;
    }
    let more = true;
    while (more && !this.stopping.signal.aborted) more = await this.runStep(() => this.steps.giveBackSpace());
  }

  private async runStep<T>(step: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const result = await step();
    await this.pause((performance.now() - startedMs) * PAUSE_TO_STEP);
    return result;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
