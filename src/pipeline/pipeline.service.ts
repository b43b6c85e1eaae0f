import { Injectable } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { DeadLetterBound } from './dead-letter-bound.js';
import { Forwarder } from './forwarder.js';
import { PipelineStatusDto } from './pipeline-status.dto.js';
import { PipelineMonitor } from './pipeline-monitor.js';
import { RefusedReadings } from './refused-counter.js';

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
  ) {}

  async status(): Promise<PipelineStatusDto> {
    const { used, free } = await this.dataDir.usage();
    const { oldestMs } = this.forwarder;
    return new PipelineStatusDto(this.monitor.counts, {
      refused: this.refused.byCode,
      unjudged: this.monitor.unjudged,
      journalBytes: this.monitor.journalBytes,
      journalMaxBytes: this.monitor.journalMaxBytes,
      deadLetterBytes: this.deadLetters.bytes,
      deadLettersMaxBytes: this.deadLetters.maxBytes,
      oldestQueuedSeconds: oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs) / 1000,
      store: this.store.state.state,
      diskUsedBytes: used,
      diskFreeBytes: free,
    });
  }
}
