import { Inject, Injectable } from '@nestjs/common';

import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { EVENT_TYPES } from '../model/system-event.js';
import { SystemLog } from '../logs/system-log.js';
import { RulesRunner } from '../rules/rules-runner.js';
import { StreamService } from '../stream/stream.service.js';
import { Metrics } from './metrics.js';

/** What rules make of readings, what the gateway itself goes through, and who watches it live. */
@Injectable()
export class EventMetrics {
  constructor(
    @Inject(Metrics) metrics: Metrics,
    @Inject(PipelineMonitor) pipeline: PipelineMonitor,
    @Inject(SystemLog) log: SystemLog,
    @Inject(RulesRunner) rules: RulesRunner,
    @Inject(StreamService) stream: StreamService,
  ) {
    const byRules = new Map<string, number>(EVENT_TYPES.map((type) => [type, 0]));
    const byGateway = new Map(byRules);
    log.onKept((events) => {
      for (const { type, sensorId } of events) {
        const counts = sensorId === undefined ? byGateway : byRules;
        counts.set(type, (counts.get(type) ?? 0) + 1);
      }
    });
    metrics.totals(
      'rule_events_total',
      'Events about sensors since the start, by type.',
      'type',
      () => byRules,
    );
    metrics.totals(
      'gateway_events_total',
      'Entries of the system log about the gateway itself since the start, by type.',
      'type',
      () => byGateway,
    );
    metrics.gauge('rules', 'Rules that there are.', () => rules.book.size);
    metrics.gauge(
      'rules_unjudged_readings',
      'Readings that rules have not judged yet, as it was noted within about a second.',
      () => pipeline.unjudged,
    );
    metrics.gauge('stream_clients', 'Clients of the live stream.', () => stream.clients);
    metrics.totals(
      'stream_resets_total',
      'Clients of the live stream that were reset since the start: they were slow, or their id was unknown.',
      'cause',
      () => Object.entries(stream.resets),
    );
  }
}
