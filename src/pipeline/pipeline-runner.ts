import { Injectable } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { Forwarder } from './forwarder.js';
import { loadLatest } from './latest-loader.js';
import { Pipeline } from './pipeline.js';

/** A local store is brought up to date within these times; a remote one takes what it can. */
const DRAIN_AT_START_MS = 600_000;
const DRAIN_AT_STOP_MS = 5_000;
const DRAIN_REMOTE_MS = 1_000;
const RESTORE_BALLAST_MS = 10_000;

/** Starts and stops what moves readings from the journal to the store. */
@Injectable()
export class PipelineRunner {
  private readonly stopping = new AbortController();
  private loading: Promise<void> | undefined;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly forwarder: Forwarder,
    private readonly store: ReadingStore,
    private readonly dataDir: DataDir,
  ) {}

  /** Returns once a store of our own has all that is queued. */
  async start(): Promise<void> {
    await this.reportLostStore();
    this.forwarder.start();
    if (this.store.local) await this.forwarder.drain(DRAIN_AT_START_MS);
    if (!this.pipeline.keeper.hasLoaded)
      this.loading = loadLatest(this.pipeline.keeper, this.store, this.stopping.signal);
    setInterval(() => {
      this.dataDir.restoreBallast();
    }, RESTORE_BALLAST_MS).unref();
  }

  /** Ends all work; what is still queued is in the journal. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.forwarder.drain(this.store.local ? DRAIN_AT_STOP_MS : DRAIN_REMOTE_MS);
    await this.forwarder.stop();
    await this.loading;
    await this.pipeline.close();
  }

  private async reportLostStore(): Promise<void> {
    if (this.store.damagedFile === undefined) return;
    const lost = await this.pipeline.loseStored();
    this.pipeline.damages.report(
      `readings.db was damaged and is kept as ${this.store.damagedFile}: ${lost} stored readings are lost`,
    );
  }
}
