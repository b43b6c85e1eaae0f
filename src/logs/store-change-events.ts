import { Injectable, Logger } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { countReadings } from '../influx/embedded/count-readings.js';
import type { StorePlace } from '../influx/store-place.js';
import type { LeftStore } from '../pipeline/state/store-table.js';
import { StoreMemory } from '../pipeline/store-memory.js';
import { SystemLog } from './system-log.js';

const numbers = new Intl.NumberFormat('en-US');

/** Tells once when readings go to another store than before: what the other one holds, and how to bring it along. */
@Injectable()
export class StoreChangeEvents {
  private readonly logger = new Logger(StoreChangeEvents.name);
  private readonly stopping = new AbortController();
  private telling: Promise<void> | undefined;

  constructor(
    private readonly log: SystemLog,
    private readonly memory: StoreMemory,
    private readonly dataDir: DataDir,
  ) {}

  /** Returns at once: counting may take a while. */
  start(): void {
    this.telling = this.tellAll();
  }

  /** A store whose readings are still being counted is told by the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.telling;
  }

  private async tellAll(): Promise<void> {
    try {
      for (const store of this.memory.left) await this.tell(store);
    } catch (error) {
      if (!this.stopping.signal.aborted) this.logger.error(error);
    }
  }

  private async tell(left: LeftStore): Promise<void> {
    const { place } = this.memory;
    const message = `Readings go to ${nameOf(place)} from now on; ${await this.describe(left)}`;
    const command = `predictionx migrate --from ${argumentOf(left)} --to ${place.kind}`;
    this.logger.warn(`${message}. To bring them along: ${command} (docs/moving.md)`);
    // People who read the system log need not know the URL.
    await this.log.record('anomaly', `${message}, which predictionx migrate can bring along`);
    await this.memory.told(left);
  }

  private async describe(left: LeftStore): Promise<string> {
    if (left.kind === 'influxdb')
      return `${nameOf(left)} holds what was written to it before, ${readings(left.written)}`;
    try {
      const file = this.dataDir.file('readings.db');
      const count = await countReadings(file, this.dataDir, this.stopping.signal);
      return `${nameOf(left)} holds ${readings(count)}`;
    } catch (error) {
      this.stopping.signal.throwIfAborted();
      this.logger.warn(`Cannot count the readings of ${nameOf(left)}: ${(error as Error).message}`);
      return `${nameOf(left)} holds what was written to it before`;
    }
  }
}

function readings(count: number): string {
  return `${numbers.format(count)} ${count === 1 ? 'reading' : 'readings'}`;
}

function nameOf({ kind, bucket }: StorePlace): string {
  return kind === 'embedded' ? 'the embedded store' : `bucket ${bucket} of InfluxDB`;
}

/** For a shell. */
function argumentOf({ kind, url, org, bucket }: StorePlace): string {
  if (kind === 'embedded') return kind;
  return `'${url.replace(/\/$/, '')}/?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}'`;
}
