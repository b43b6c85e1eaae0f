import { Injectable } from '@nestjs/common';

import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { Metrics } from './metrics.js';

const SYNC_BUCKETS_S = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
const READINGS_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096, 16_384, 65_536];
const BYTES_BUCKETS = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

/** How the journal is written, and how full it is. */
@Injectable()
export class JournalMetrics {
  constructor(metrics: Metrics, pipeline: PipelineMonitor) {
    const observeSync = metrics.histogram(
      'journal_sync_seconds',
      'How long the disk took to sync one group of readings.',
      SYNC_BUCKETS_S,
    )();
    const observeReadings = metrics.histogram(
      'journal_group_readings',
      'Readings that shared one sync of the disk.',
      READINGS_BUCKETS,
    )();
    const observeBytes = metrics.histogram(
      'journal_group_bytes',
      'Bytes that shared one sync of the disk.',
      BYTES_BUCKETS,
    )();
    pipeline.onGroup(({ readings, bytes, syncMs }) => {
      observeSync(syncMs / 1000);
      observeReadings(readings);
      observeBytes(bytes);
    });
    metrics.gauge('journal_bytes', 'Bytes of the journal on disk.', () => pipeline.journalBytes);
    metrics.gauge(
      'journal_max_bytes',
      'Bytes beyond which the journal refuses readings (JOURNAL_MAX_BYTES).',
      () => {
        return pipeline.journalMaxBytes;
      },
    );
  }
}
