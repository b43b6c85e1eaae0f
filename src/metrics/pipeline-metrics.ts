import { Inject, Injectable } from '@nestjs/common';

import type { ErrorCode } from '../common/errors/error-codes.js';
import { DeadLetterBound } from '../pipeline/dead-letter-bound.js';
import { ForwarderMonitor } from '../pipeline/forwarder-monitor.js';
import type { PipelineCounts } from '../pipeline/pipeline-counters.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { RefusedCounter } from '../pipeline/refused-counter.js';
import { Metrics } from './metrics.js';

/** Shown from the start, at 0: what begins with its first refusal has, to Prometheus, not grown by it. */
const WATCHED: readonly ErrorCode[] = [
  'INVALID_READING',
  'TIMESTAMP_IN_FUTURE',
  'SENSOR_NOT_ALLOWED',
  'TOO_MANY_SENSORS',
  'DEAD_LETTERS_FULL',
  'RATE_LIMITED',
  'JOURNAL_FULL',
  'DISK_FULL',
  'JOURNAL_UNAVAILABLE',
  'IDEMPOTENCY_FULL',
  'TOO_BUSY',
];

/**
 * What became of readings. Totals count from the start of the gateway, as Prometheus expects, and never fall; the
 * figures that survive a restart are gauges, because a damaged file takes readings out of them, and a counter that falls
 * a little reads as one that began anew and grew by all it shows.
 */
@Injectable()
export class PipelineMetrics {
  constructor(
    @Inject(Metrics) metrics: Metrics,
    @Inject(PipelineMonitor) pipeline: PipelineMonitor,
    @Inject(DeadLetterBound) deadLetters: DeadLetterBound,
    @Inject(ForwarderMonitor) forwarder: ForwarderMonitor,
    @Inject(RefusedCounter) refused: RefusedCounter,
  ) {
    metrics.total('readings_accepted_total', 'Readings acknowledged since the start.', () => {
      return pipeline.sinceStart.accepted;
    });
    metrics.total('readings_stored_total', 'Readings that the store has taken since the start.', () => {
      return pipeline.sinceStart.stored;
    });
    metrics.total(
      'readings_dead_lettered_total',
      'Readings that were set aside since the start, because the store refused them for good.',
      () => pipeline.sinceStart.deadLettered,
    );
    metrics.totals(
      'readings_refused_total',
      'Readings that were not accepted since the start, by error code; a request that was none counts as one.',
      'code',
      () => Object.entries({ ...NONE_REFUSED, ...refused.byCode }),
    );
    const state = (name: string, help: string, read: (of: PipelineCounts) => number): void => {
      metrics.gauge(`pipeline_${name}_readings`, help, () => read(pipeline.counts));
    };
    state(
      'accepted',
      'Readings acknowledged, over all restarts, less what damage took.',
      (of) => of.accepted,
    );
    state('stored', 'Readings that the store has taken, over all restarts.', (of) => of.stored);
    state('queued', 'Readings in the journal, on their way to the store.', (of) => of.queued);
    state(
      'dead_lettered',
      'Readings set aside and not replayed, over all restarts.',
      (of) => of.deadLettered,
    );
    state('damaged', 'Readings that a damaged file took, over all restarts.', (of) => of.damaged);
    metrics.gauge('dead_letters_bytes', 'Bytes that dead letters take on disk.', () => deadLetters.bytes);
    metrics.gauge(
      'dead_letters_max_bytes',
      'Bytes beyond which sensors that have dead letters are refused (DEAD_LETTERS_MAX_BYTES).',
      () => deadLetters.maxBytes,
    );
    metrics.gauge('pipeline_accepting', 'Whether readings are accepted: 1, or 0 while drained.', () =>
      pipeline.isAccepting ? 1 : 0,
    );
    metrics.gauge(
      'pipeline_oldest_queued_seconds',
      'How long the oldest queued reading has waited; 0 when none does.',
      () => ageSeconds(forwarder.oldestMs),
    );
  }
}

const NONE_REFUSED = Object.fromEntries(WATCHED.map((code) => [code, 0]));

function ageSeconds(sinceMs: number | undefined): number {
  return sinceMs === undefined ? 0 : Math.max(0, Date.now() - sinceMs) / 1000;
}
