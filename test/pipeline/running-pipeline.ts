import { join } from 'node:path';

import { ExpiryClock } from '../../src/clock/expiry-clock.js';
import { SteadyClock } from '../../src/clock/steady-clock.js';
import { GatewayConfig } from '../../src/common/config/gateway-config.js';
import { DataDir } from '../../src/data-dir/data-dir.js';
import type { ReadingStore } from '../../src/influx/reading-store.js';
import { LocalPersistence } from '../../src/persistence/local-persistence.js';
import { Forwarder } from '../../src/pipeline/forwarder.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';

/** A pipeline and its forwarder. */
export interface Running {
  readonly dataDir: DataDir;
  readonly pipeline: Pipeline;
  readonly forwarder: Forwarder;
}

/** A pipeline without a forwarder. */
export async function open(folder: string): Promise<{ dataDir: DataDir; pipeline: Pipeline }> {
  const dataDir = DataDir.claim(join(folder, 'data'), 1 << 20);
  const steady = new SteadyClock();
  const expiry = new ExpiryClock(undefined, Date.now, steady);
  const config = new GatewayConfig();
  const persistence = new LocalPersistence(config, dataDir);
  const ledger = await persistence.openLedger();
  const journal = await persistence.openLog(ledger);
  return { dataDir, pipeline: await Pipeline.open(config, ledger, journal, steady, expiry) };
}

/** Over a folder, from where the previous run left it. */
export async function start(
  folder: string,
  store: ReadingStore,
  deletionPatienceMs?: number,
): Promise<Running> {
  const { dataDir, pipeline } = await open(folder);
  const forwarder = new Forwarder(pipeline, store, deletionPatienceMs);
  forwarder.start();
  return { dataDir, pipeline, forwarder };
}

/** As a crash would leave it: nothing more is forwarded, and what was in flight never ends. */
export async function stop({ dataDir, pipeline, forwarder }: Running): Promise<void> {
  await forwarder.stop();
  await pipeline.close();
  dataDir.release();
}
