import { Injectable } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { Metrics } from './metrics.js';
import { Sampler } from './sampler.js';

const INTERVAL_MS = 15_000;

/** Disk usage of DATA_DIR, sampled every 15 s. */
@Injectable()
export class DiskMetrics {
  readonly sampler: Sampler;
  private used = NaN;
  private free = NaN;

  constructor(metrics: Metrics, dataDir: DataDir) {
    this.sampler = new Sampler(async () => {
      ({ used: this.used, free: this.free } = await dataDir.usage());
    }, INTERVAL_MS);
    metrics.gauge(
      'disk_used_bytes',
      'Bytes that the files below DATA_DIR take on the disk.',
      () => this.used,
    );
    metrics.gauge('disk_free_bytes', 'Free bytes on the disk of DATA_DIR.', () => this.free);
    metrics.gauge(
      'disk_reserve_bytes',
      'Free bytes below which readings are refused (DISK_RESERVE_BYTES).',
      () => dataDir.reserveBytes,
    );
  }
}
