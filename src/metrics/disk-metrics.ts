import { Inject, Injectable } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { Metrics } from './metrics.js';
import { Sampler } from './sampler.js';

const EVERY_MS = 15_000;

/** What the files below DATA_DIR take of their disk, as it was a short time ago. */
@Injectable()
export class DiskMetrics {
  readonly sampler: Sampler;
  private used = NaN;
  private free = NaN;

  constructor(@Inject(Metrics) metrics: Metrics, @Inject(DataDir) dataDir: DataDir) {
    this.sampler = new Sampler(async () => {
      ({ used: this.used, free: this.free } = await dataDir.usage());
    }, EVERY_MS);
    metrics.gauge('disk_used_bytes', 'What the files below DATA_DIR take of the disk.', () => this.used);
    metrics.gauge('disk_free_bytes', 'What is left on the disk of DATA_DIR.', () => this.free);
    metrics.gauge(
      'disk_reserve_bytes',
      'Below so much free space nothing is accepted (DISK_RESERVE_BYTES).',
      () => dataDir.reserveBytes,
    );
  }
}
