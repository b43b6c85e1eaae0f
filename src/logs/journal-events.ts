import { Injectable, Logger } from '@nestjs/common';

import type { JournalChange, JournalCondition } from '../journal/journal-watch.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { SystemLog } from './system-log.js';

/** The log's messages when a condition begins and when it ends; % becomes how full the journal is. */
const MESSAGES: Readonly<Record<JournalCondition, { readonly begins: Change; readonly ends: string }>> = {
  HIGH_WATER: {
    begins: {
      type: 'anomaly',
      message:
        'The journal is % full: the store does not take the queued readings. When the journal is full, readings are refused',
    },
    ends: 'The journal is down to %',
  },
  JOURNAL_FULL: {
    begins: {
      type: 'critical',
      message: 'The journal is full: readings are refused until the store takes queued ones',
    },
    ends: 'The journal is no longer full: readings are accepted again',
  },
  DISK_FULL: {
    begins: {
      type: 'critical',
      message: 'The disk of DATA_DIR is full: readings are refused until there is space',
    },
    ends: 'The disk of DATA_DIR is no longer full: readings are accepted again',
  },
  JOURNAL_UNAVAILABLE: {
    begins: {
      type: 'critical',
      message: 'The disk of DATA_DIR cannot be written: readings are refused until it can',
    },
    ends: 'The disk of DATA_DIR can be written again: readings are accepted again',
  },
};

/** Records in the system log when the journal fills up or refuses readings, and when that ends. */
@Injectable()
export class JournalEvents {
  private readonly logger = new Logger(JournalEvents.name);
  private readonly reporters = new Map<JournalCondition, ChangeReporter>();

  constructor(
    private readonly log: SystemLog,
    private readonly pipeline: PipelineMonitor,
  ) {}

  start(): void {
    this.pipeline.onJournalChange((change) => {
      this.reporterOf(change.condition).report(toChange(change));
    });
  }

  /** Records what was held back. */
  stop(): void {
    for (const reporter of this.reporters.values()) reporter.flush();
  }

  private reporterOf(condition: JournalCondition): ChangeReporter {
    const known = this.reporters.get(condition);
    if (known) return known;
    const reporter = new ChangeReporter(({ type, message }) => {
      if (type === 'normal') this.logger.log(message);
      else this.logger.warn(message);
      void this.log.record(type, message);
    });
    this.reporters.set(condition, reporter);
    return reporter;
  }
}

function toChange({ condition, holds, share }: JournalChange): Change {
  const { begins, ends } = MESSAGES[condition];
  const { type, message }: Change = holds ? begins : { type: 'normal', message: ends };
  return { type, message: message.replace('%', `${Math.floor(share * 100)} %`) };
}
