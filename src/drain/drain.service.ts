import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import { Readiness } from '../health/readiness.js';
import { Intake } from '../pipeline/intake.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { SystemLog } from '../logs/system-log.js';
import { DrainDto } from './drain.dto.js';

const REASON = 'The gateway is draining';
const POLL_INTERVAL_MS = 50;

/** Empties the gateway before it is removed for good: it no longer accepts readings, and the queued ones go to the store. */
@Injectable()
export class DrainService {
  constructor(
    private readonly intake: Intake,
    private readonly monitor: PipelineMonitor,
    private readonly readiness: Readiness,
    private readonly log: SystemLog,
  ) {}

  /**
   * Stops accepting readings; the gateway is not ready from now on.
   * @param waitMs the response comes after this time at the latest
   * @returns the progress, as soon as the journal is empty
   */
  async start(waitMs: number, signal: AbortSignal): Promise<DrainDto> {
    if (this.intake.isAccepting) {
      this.intake.pause();
      this.readiness.addReason(REASON);
      await this.log.record('normal', 'The gateway is draining: it no longer accepts readings');
    }
    const end = performance.now() + waitMs;
    while (!this.monitor.isEmpty && performance.now() < end && !signal.aborted) await sleep(POLL_INTERVAL_MS);
    return this.status();
  }

  status(): DrainDto {
    return new DrainDto(this.monitor);
  }

  /** Accepts readings again. */
  async cancel(): Promise<DrainDto> {
    if (this.intake.isAccepting) return this.status();
    this.intake.resume();
    this.readiness.removeReason(REASON);
    await this.log.record('normal', 'The drain was cancelled: the gateway accepts readings again');
    return this.status();
  }
}
