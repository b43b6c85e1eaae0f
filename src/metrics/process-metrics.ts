import { performance } from 'node:perf_hooks';

import { Inject, Injectable } from '@nestjs/common';
import { collectDefaultMetrics } from 'prom-client';

import { VERSION } from '../common/config/version.js';
import { Metrics } from './metrics.js';

/**
 * Those ending in _total are gauges, which promtool does not pass. Handles and requests come of functions that Node does
 * not document, and make a list of every connection; active_resources says the same.
 */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The process: memory, processor time, garbage collection, and how long the event loop keeps things waiting. */
@Injectable()
export class ProcessMetrics {
  constructor(@Inject(Metrics) metrics: Metrics) {
    collectDefaultMetrics({ register: metrics.registry });
    for (const name of LEFT_OUT) metrics.registry.removeSingleMetric(name);
    metrics.total(
      'event_loop_active_seconds_total',
      'How long the event loop has worked since the start; its rate is the share of one core.',
      () => performance.eventLoopUtilization().active / 1000,
    );
    metrics.info('build_info', 'Which gateway this is.', { version: VERSION, node_version: process.version });
  }
}
