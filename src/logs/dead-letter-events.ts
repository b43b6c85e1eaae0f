import { Injectable } from '@nestjs/common';

import type { RefusalKind } from '../influx/reading-store.js';
import { ForwarderMonitor } from '../pipeline/forwarder-monitor.js';
import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import { SystemLog } from './system-log.js';

/** The first of a kind at once, then once an hour how many there were. */
const REPORT_LIMIT = { burst: 1, everyMs: 3_600_000 };

/** Records in the system log that readings become dead letters: the first of each kind, then how many. */
@Injectable()
export class DeadLetterEvents {
  private readonly reporters = new Map<RefusalKind, ThrottledReporter<string>>();

  /** Listens from the beginning: the store may refuse queued readings before the gateway has fully started. */
  constructor(
    private readonly log: SystemLog,
    forwarder: ForwarderMonitor,
  ) {
    forwarder.onDeadLetter((kind, reason) => {
      this.reporterOf(kind).report(reason);
    });
  }

  /** Records what was held back. */
  stop(): void {
    for (const reporter of this.reporters.values()) reporter.flush();
  }

  private reporterOf(kind: RefusalKind): ThrottledReporter<string> {
    const known = this.reporters.get(kind);
    if (known) return known;
    const reporter = new ThrottledReporter<string>((reason, count) => {
      const readings = count === 1 ? 'Readings' : `${count} more readings`;
      void this.log.record('critical', `${readings} became dead letters (${kind}): ${reason}`);
    }, REPORT_LIMIT);
    this.reporters.set(kind, reporter);
    return reporter;
  }
}
