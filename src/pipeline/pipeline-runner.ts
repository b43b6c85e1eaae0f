import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { Forwarder } from './forwarder.js';
import { LatestLoader } from './latest-loader.js';
import { Pipeline } from './pipeline.js';
import { SensorLookup } from './sensor-lookup.js';

const RESTORE_BALLAST_MS = 10_000;

/** Starts and stops the forwarder, and the work around it. */
@Injectable()
export class PipelineRunner {
  private readonly stopping = new AbortController();
  private loading: Promise<void> | undefined;
  private learning: Promise<void> | undefined;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly forwarder: Forwarder,
    private readonly store: ReadingStore,
    private readonly lookup: SensorLookup,
    private readonly dataDir: DataDir,
    private readonly config: GatewayConfig,
  ) {}

  /** Waits until the store has every reading in the journal, at most its `drainAtStartMs`. */
  async start(): Promise<void> {
    await this.reportLostStore();
    this.forwarder.start();
    if (this.store.drainAtStartMs > 0) await this.forwarder.drain(this.store.drainAtStartMs);
    this.learning = this.pipeline.storeMemory.learnBucketId(this.stopping.signal);
    this.loading = this.keepLatest();
    setInterval(() => {
      this.dataDir.restoreBallast();
    }, RESTORE_BALLAST_MS).unref();
  }

  /** Ends all work; readings that are still queued are in the journal. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.forwarder.drain(this.store.drainAtStopMs);
    await this.forwarder.stop();
    await this.loading;
    await this.learning;
    await this.pipeline.close();
  }

  private async keepLatest(): Promise<void> {
    const { keeper } = this.pipeline;
    const { influxUrl, latestRefreshMs } = this.config.store;
    const { signal } = this.stopping;
    const loader = new LatestLoader(keeper, this.store, this.lookup, signal);
    let pauseMs = 0;
    if (!keeper.hasLoaded) {
      await loader.load();
      pauseMs = latestRefreshMs ?? 0;
    }
    if (influxUrl !== undefined && latestRefreshMs !== undefined)
      await loader.refresh(latestRefreshMs, pauseMs);
  }

  private async reportLostStore(): Promise<void> {
    if (this.store.damagedFile === undefined) return;
    const lost = await this.pipeline.loseStored();
    this.pipeline.damages.report(
      `readings.db was damaged and was moved to ${this.store.damagedFile}: ${lost} stored readings are lost`,
    );
  }
}
