import { Injectable } from '@nestjs/common';

import { ReadingStore } from '../influx/reading-store.js';
import { ForwarderMonitor } from '../pipeline/forwarder-monitor.js';
import { WRITE_OUTCOMES } from '../pipeline/store-writer.js';
import { Metrics } from './metrics.js';

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const READINGS_BUCKETS = [1, 4, 16, 64, 256, 1_024, 2_048, 5_000];

/** Whether the store responds, and how fast it takes writes. */
@Injectable()
export class StoreMetrics {
  constructor(metrics: Metrics, store: ReadingStore, forwarder: ForwarderMonitor) {
    metrics.gauge('store_up', 'Whether the store responds: 1, or 0.', () =>
      store.state.state === 'up' ? 1 : 0,
    );
    metrics.counter(
      'readings_removed_total',
      'Readings that READINGS_RETENTION removed since the start.',
      () => store.removedReadings,
    );
    const observerOf = metrics.histogram(
      'store_write_seconds',
      'How long one write to the store took, by how it ended: stored, partly_refused, unavailable or failed.',
      BUCKETS_S,
      ['outcome'],
    );
    const observers = new Map(WRITE_OUTCOMES.map((outcome) => [outcome, observerOf(outcome)]));
    const observeReadings = metrics.histogram(
      'store_write_readings',
      'Readings in one write to the store.',
      READINGS_BUCKETS,
    )();
    forwarder.onWrite(({ outcome, readings, tookMs }) => {
      observers.get(outcome)?.(tookMs / 1000);
      observeReadings(readings);
    });
  }
}
