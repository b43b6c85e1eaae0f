import { setTimeout as sleep } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { Readiness } from '../health/readiness.js';
import { Intake } from '../pipeline/intake.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { SystemLog } from '../logs/system-log.js';
import { DrainDto } from './drain.dto.js';

const REASON = 'The gateway is drained';
const LOOK_EVERY_MS = 50;

/** Empties the gateway before it is taken away for good: nothing is accepted, what is queued goes to the store. */
@Injectable()
export class DrainService {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(PipelineMonitor) private readonly monitor: PipelineMonitor,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(SystemLog) private readonly log: SystemLog,
  ) {}

  /**
   * Accepts nothing from now on, and is not ready any more.
   * @param waitMs returns after so long at the latest
   * @returns how far it has come, as soon as the journal is empty
   */
  async start(waitMs: number, signal: AbortSignal): Promise<DrainDto> {
    if (this.intake.isAccepting) {
      this.intake.pause();
      this.readiness.lost(REASON);
      await this.log.note('normal', 'The gateway is drained: it accepts no more readings');
    }
    const end = performance.now() + waitMs;
    while (!this.monitor.isEmpty && performance.now() < end && !signal.aborted) await sleep(LOOK_EVERY_MS);
    return this.status();
  }

  status(): DrainDto {
    return new DrainDto(this.monitor);
  }

  /** Accepts again. */
  async end(): Promise<void> {
    if (this.intake.isAccepting) return;
    this.intake.resume();
    this.readiness.regained(REASON);
    await this.log.note('normal', 'The gateway is drained no more: it accepts readings');
  }
}
