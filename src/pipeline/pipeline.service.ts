import { Injectable } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { SteadyClock } from '../clock/steady-clock.js';
import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { DeadLetterBound } from './dead-letter-bound.js';
import { Forwarder } from './forwarder.js';
import { PipelineStatusDto } from './pipeline-status.dto.js';
import { PipelineMonitor } from './pipeline-monitor.js';
import { RefusedReadings } from './refused-counter.js';
import { SensorKeeper } from './sensor-keeper.js';

/** Gives the state of the pipeline. */
@Injectable()
export class PipelineService {
  constructor(
    private readonly monitor: PipelineMonitor,
    private readonly deadLetters: DeadLetterBound,
    private readonly forwarder: Forwarder,
    private readonly store: ReadingStore,
    private readonly refused: RefusedReadings,
    private readonly dataDir: DataDir,
    private readonly steady: SteadyClock,
    private readonly expiry: ExpiryClock,
    private readonly keeper: SensorKeeper,
  ) {}

  /**
   * How long the oldest queued reading has waited; 0 when none is queued. A reading of an earlier run goes by the expiry
   * clock, because nobody knows how long the gateway was off.
   */
  get oldestQueuedSeconds(): number {
    const { oldest } = this.forwarder;
    if (!oldest) return 0;
    const { acceptedMs, steady } = oldest;
    const waitedMs =
      steady?.run === this.steady.run ? this.steady.ms - steady.ms : this.expiry.nowMs - acceptedMs;
    return Math.max(0, waitedMs) / 1000;
  }

  async status(): Promise<PipelineStatusDto> {
    const { used, free } = await this.dataDir.usage();
    return new PipelineStatusDto(this.monitor.counts, {
      refused: this.refused.byCode,
      unjudged: this.monitor.unjudged,
      pendingDeletions: this.monitor.pendingDeletions,
      journalBytes: this.monitor.journalBytes,
      journalMaxBytes: this.monitor.journalMaxBytes,
      deadLetterBytes: this.deadLetters.bytes,
      deadLettersMaxBytes: this.deadLetters.maxBytes,
      oldestQueuedSeconds: this.oldestQueuedSeconds,
      store: this.store.state.state,
      loading: !this.keeper.hasLoaded,
      diskUsedBytes: used,
      diskFreeBytes: free,
    });
  }
}
