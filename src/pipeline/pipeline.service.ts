import { Inject, Injectable } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { Forwarder } from './forwarder.js';
import { PipelineStatusDto } from './pipeline-status.dto.js';
import { Pipeline } from './pipeline.js';
import { RefusedCounter } from './refused-counter.js';

/** Tells how the pipeline is doing. */
@Injectable()
export class PipelineService {
  constructor(
    @Inject(Pipeline) private readonly pipeline: Pipeline,
    @Inject(Forwarder) private readonly forwarder: Forwarder,
    @Inject(ReadingStore) private readonly store: ReadingStore,
    @Inject(RefusedCounter) private readonly refused: RefusedCounter,
    @Inject(DataDir) private readonly dataDir: DataDir,
  ) {}

  async status(): Promise<PipelineStatusDto> {
    const { used, free } = await this.dataDir.usage();
    const { oldestMs } = this.forwarder;
    return new PipelineStatusDto(this.pipeline.counters, {
      refused: this.refused.byCode,
      unjudged: this.pipeline.held,
      journalBytes: this.pipeline.journalBytes,
      journalMaxBytes: this.pipeline.journalMaxBytes,
      deadLetterBytes: this.pipeline.deadLetterBound.bytes,
      deadLettersMaxBytes: this.pipeline.deadLetterBound.maxBytes,
      oldestQueuedSeconds: oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs) / 1000,
      store: this.store.state.state,
      diskUsedBytes: used,
      diskFreeBytes: free,
    });
  }
}
