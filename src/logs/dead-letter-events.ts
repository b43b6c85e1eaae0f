import { Inject, Injectable } from '@nestjs/common';

import type { RefusalKind } from '../influx/reading-store.js';
import { ForwarderMonitor } from '../pipeline/forwarder-monitor.js';
import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import { SystemLog } from './system-log.js';

/** The first of a kind at once, then how many there were, once an hour. */
const REPORT_LIMIT = { burst: 1, everyMs: 3_600_000 };

/** Writes into the system log that readings become dead letters: of each kind the first, then how many. */
@Injectable()
export class DeadLetterEvents {
  private readonly tellers = new Map<RefusalKind, ThrottledReporter<string>>();

  /** Listens from here on: what is queued may be refused before the gateway has started altogether. */
  constructor(
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(ForwarderMonitor) forwarder: ForwarderMonitor,
  ) {
    forwarder.onDeadLetter((kind, reason) => {
      this.tellerOf(kind).report(reason);
    });
  }

  /** Tells what is untold. */
  stop(): void {
    for (const teller of this.tellers.values()) teller.flush();
  }

  private tellerOf(kind: RefusalKind): ThrottledReporter<string> {
    const known = this.tellers.get(kind);
    if (known) return known;
    const teller = new ThrottledReporter<string>((reason, count) => {
      const what = count === 1 ? 'Readings are' : `${count} more readings were`;
      void this.log.note('critical', `${what} set aside as dead letters (${kind}): ${reason}`);
    }, REPORT_LIMIT);
    this.tellers.set(kind, teller);
    return teller;
  }
}
