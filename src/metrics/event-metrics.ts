import { Injectable } from '@nestjs/common';

import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { EVENT_TYPES } from '../model/system-event.js';
import { SystemLog } from '../logs/system-log.js';
import { RulesRunner } from '../rules/rules-runner.js';
import { StreamService } from '../stream/stream.service.js';
import { Metrics } from './metrics.js';

/** Events of rules and of the gateway itself, and clients of the live stream. */
@Injectable()
export class EventMetrics {
  constructor(
    metrics: Metrics,
    pipeline: PipelineMonitor,
    log: SystemLog,
    rules: RulesRunner,
    stream: StreamService,
  ) {
    const byRules = new Map<string, number>(EVENT_TYPES.map((type) => [type, 0]));
    const byGateway = new Map(byRules);
    log.onAppended((events) => {
      for (const { type, sensorId } of events) {
        const counts = sensorId === undefined ? byGateway : byRules;
        counts.set(type, (counts.get(type) ?? 0) + 1);
      }
    });
    metrics.labelledCounter(
      'rule_events_total',
      'Events about sensors since the start, by type.',
      'type',
      () => byRules,
    );
    metrics.labelledCounter(
      'gateway_events_total',
      'Entries of the system log about the gateway itself since the start, by type.',
      'type',
      () => byGateway,
    );
    metrics.counter(
      'log_entries_removed_total',
      'Entries of the system log that LOG_RETENTION removed since the start.',
      () => log.removedEntries,
    );
    metrics.counter(
      'log_entries_dropped_total',
      'Entries of the system log that left it since the start because it was full.',
      () => log.droppedEntries,
    );
    metrics.gauge('rules', 'Rules.', () => rules.registry.size);
    metrics.gauge(
      'rules_unjudged_readings',
      'Readings that rules have not judged yet, as saved within about a second.',
      () => pipeline.unjudged,
    );
    metrics.gauge('stream_clients', 'Clients of the live stream.', () => stream.clients);
    metrics.labelledCounter(
      'stream_resets_total',
      'Resets of clients of the live stream since the start: they were slow, or their id was unknown.',
      'cause',
      () => Object.entries(stream.resets),
    );
  }
}
