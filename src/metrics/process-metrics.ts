import { performance } from 'node:perf_hooks';

import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics } from 'prom-client';

import { VERSION } from '../common/config/version.js';
import { Metrics } from './metrics.js';

/**
 * Those ending in _total are gauges, which promtool refuses. Handles and requests come from functions that Node does not
 * document, and that list every connection; active_resources says the same.
 */
const OMITTED = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The process: memory, CPU time, garbage collection, and the lag of the event loop. */
@Injectable()
export class ProcessMetrics {
  constructor(metrics: Metrics) {
    collectDefaultMetrics({ register: metrics.registry });
    for (const name of OMITTED) metrics.registry.removeSingleMetric(name);
    metrics.counter(
      'event_loop_active_seconds_total',
      'How long the event loop was busy since the start; its rate is the share of one core.',
      () => performance.eventLoopUtilization().active / 1000,
    );
    metrics.info('build_info', 'The version of the gateway and of Node.', {
      version: VERSION,
      node_version: process.version,
    });
  }
}
