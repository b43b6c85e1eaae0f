import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import type { SystemEvent } from '../model/system-event.js';

/** A state that goes to and fro is told so often at once, then once a minute. */
const REPORT_LIMIT = { burst: 4, everyMs: 60_000 };

/** A change of one subject's state, as the system log tells it. */
export type Change = Pick<SystemEvent, 'type' | 'message'>;

/** Tells of the changes of one subject, such as the store; of one that flaps, the newest and how many there were. */
export class ChangeReporter extends ThrottledReporter<Change> {
  constructor(tell: (change: Change) => void) {
    super(({ type, message }, count) => {
      tell({
        type,
        message: count === 1 ? message : `${message} (the last of ${count} changes that came close together)`,
      });
    }, REPORT_LIMIT);
  }
}
