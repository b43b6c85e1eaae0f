import { Injectable } from '@nestjs/common';

import type { ErrorCode } from '../common/errors/error-codes.js';
import { LineMapping } from '../ingest/line-protocol/mapping/line-mapping.js';
import { DeadLetterBound } from '../pipeline/dead-letter-bound.js';
import type { PipelineCounts } from '../pipeline/pipeline-counters.js';
import { PipelineService } from '../pipeline/pipeline.service.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { RefusedReadings } from '../pipeline/refused-counter.js';
import { Metrics } from './metrics.js';

/** Shown from the start, with 0: Prometheus does not see the growth of a counter that appears with its first refusal. */
const SHOWN_CODES: readonly ErrorCode[] = [
  'INVALID_READING',
  'TIMESTAMP_IN_FUTURE',
  'TIMESTAMP_TOO_OLD',
  'SENSOR_NOT_ALLOWED',
  'TOO_MANY_SENSORS',
  'DEAD_LETTERS_FULL',
  'RATE_LIMITED',
  'CLOCK_NOT_SET',
  'JOURNAL_FULL',
  'DISK_FULL',
  'JOURNAL_UNAVAILABLE',
  'IDEMPOTENCY_FULL',
  'TOO_BUSY',
];

/**
 * What happened to readings. Totals count from the start of the gateway, as Prometheus expects, and never fall. Numbers
 * that survive a restart are gauges, because a damaged file makes them smaller. Prometheus would take a counter that falls
 * for one that restarted, and count its whole value again.
 */
@Injectable()
export class PipelineMetrics {
  constructor(
    metrics: Metrics,
    pipeline: PipelineMonitor,
    deadLetters: DeadLetterBound,
    service: PipelineService,
    refused: RefusedReadings,
    mapping: LineMapping,
  ) {
    metrics.counter('readings_accepted_total', 'Readings acknowledged since the start.', () => {
      return pipeline.sinceStart.accepted;
    });
    metrics.counter('readings_stored_total', 'Readings stored since the start.', () => {
      return pipeline.sinceStart.stored;
    });
    metrics.counter(
      'readings_dead_lettered_total',
      'Readings that became dead letters since the start, because the store refused them for good.',
      () => pipeline.sinceStart.deadLettered,
    );
    metrics.labelledCounter(
      'readings_refused_total',
      'Readings refused since the start, by error code; a request that cannot be parsed counts as one.',
      'code',
      () => Object.entries({ ...NONE_REFUSED, ...refused.byCode }),
    );
    metrics.counter(
      'points_ignored_total',
      'Points of line protocol that mapping rules ignored since the start; those of a refused or repeated request count, too.',
      () => mapping.ignoredPoints,
    );
    const state = (name: string, help: string, read: (of: PipelineCounts) => number): void => {
      metrics.gauge(`pipeline_${name}_readings`, help, () => read(pipeline.counts));
    };
    state(
      'accepted',
      'Readings acknowledged, over all restarts, minus those lost by damage.',
      (of) => of.accepted,
    );
    state('stored', 'Readings stored, over all restarts.', (of) => of.stored);
    state('queued', 'Readings in the journal that the store does not have yet.', (of) => of.queued);
    state('dead_lettered', 'Dead letters, over all restarts.', (of) => of.deadLettered);
    state('damaged', 'Readings lost by damaged files, over all restarts.', (of) => of.damaged);
    metrics.gauge('dead_letters_bytes', 'Bytes of dead letters on disk.', () => deadLetters.bytes);
    metrics.gauge(
      'dead_letters_max_bytes',
      'Bytes beyond which readings of sensors with dead letters are refused (DEAD_LETTERS_MAX_BYTES).',
      () => deadLetters.maxBytes,
    );
    metrics.gauge('pipeline_accepting', 'Whether readings are accepted: 1, or 0 during a drain.', () =>
      pipeline.isAccepting ? 1 : 0,
    );
    metrics.gauge(
      'pipeline_oldest_queued_seconds',
      'How long the oldest queued reading has waited; 0 when none is queued.',
      () => service.oldestQueuedSeconds,
    );
  }
}

const NONE_REFUSED = Object.fromEntries(SHOWN_CODES.map((code) => [code, 0]));
