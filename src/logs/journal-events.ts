import { Inject, Injectable, Logger } from '@nestjs/common';

import type { JournalChange, JournalCondition } from '../journal/journal-watch.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { SystemLog } from './system-log.js';

/** What each condition is for a person when it begins and when it ends; % stands for how full the journal is. */
const TEXTS: Readonly<Record<JournalCondition, { readonly begins: Change; readonly ends: string }>> = {
  HIGH_WATER: {
    begins: {
      type: 'anomaly',
      message:
        'The journal is % full: the store does not take what is queued; when it is full, readings are refused',
    },
    ends: 'The journal is down to %',
  },
  JOURNAL_FULL: {
    begins: {
      type: 'critical',
      message: 'The journal is full: readings are refused until the store takes what is queued',
    },
    ends: 'The journal is no longer full: readings are accepted again',
  },
  DISK_FULL: {
    begins: {
      type: 'critical',
      message: 'The disk of DATA_DIR is full: readings are refused until there is room',
    },
    ends: 'The disk of DATA_DIR is no longer full: readings are accepted again',
  },
  JOURNAL_UNAVAILABLE: {
    begins: {
      type: 'critical',
      message: 'The disk of DATA_DIR takes no readings: they are refused until it does',
    },
    ends: 'The disk of DATA_DIR takes readings again',
  },
};

/** Writes into the system log when the journal fills up or refuses, and when that is over. */
@Injectable()
export class JournalEvents {
  private readonly logger = new Logger(JournalEvents.name);
  private readonly tellers = new Map<JournalCondition, ChangeReporter>();

  constructor(
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(PipelineMonitor) private readonly pipeline: PipelineMonitor,
  ) {}

  start(): void {
    this.pipeline.onJournalChange((change) => {
      this.tellerOf(change.condition).report(toChange(change));
    });
  }

  /** Tells what is untold. */
  stop(): void {
    for (const teller of this.tellers.values()) teller.flush();
  }

  private tellerOf(condition: JournalCondition): ChangeReporter {
    const known = this.tellers.get(condition);
    if (known) return known;
    const teller = new ChangeReporter(({ type, message }) => {
      if (type === 'normal') this.logger.log(message);
      else this.logger.warn(message);
      void this.log.note(type, message);
    });
    this.tellers.set(condition, teller);
    return teller;
  }
}

function toChange({ condition, holds, share }: JournalChange): Change {
  const { begins, ends } = TEXTS[condition];
  const { type, message }: Change = holds ? begins : { type: 'normal', message: ends };
  return { type, message: message.replace('%', `${Math.floor(share * 100)} %`) };
}
