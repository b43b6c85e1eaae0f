import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import type { SystemEvent } from '../model/system-event.js';

/** A state that flaps is reported this often at once, then once a minute. */
const REPORT_LIMIT = { burst: 4, everyMs: 60_000 };

/** A change of state, as an entry of the system log. */
export type Change = Pick<SystemEvent, 'type' | 'message'>;

/** Reports the changes of one thing, such as the store. If it flaps: the latest change, and how many there were. */
export class ChangeReporter extends ThrottledReporter<Change> {
  constructor(report: (change: Change) => void) {
    super(({ type, message }, count) => {
      const more = count === 1 ? '' : ` (the last of ${count} changes in a short time)`;
      report({ type, message: message + more });
    }, REPORT_LIMIT);
  }
}
