import { type ReactNode, useState } from 'react';

import type { SystemEvent } from '../api/schemas.js';
import { formatCount, formatTime } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { StateBadge } from '../components/state-badge.js';
import { stateOfEvent } from '../live/event-state.js';
import { summarizeTrial } from './trial-summary.js';

/** Events listed at first; a button shows more. */
const PAGE_SIZE = 100;

interface TrialResultProps {
  /** Oldest first. */
  readonly events: readonly SystemEvent[];
  readonly sensorId: string;
  readonly within: string;
  readonly toMs: number;
  /** Whether the rule was changed since the trial. */
  readonly isOutdated: boolean;
}

/** The result of a trial: a sentence, and the events, newest first. They are the marks of the chart as text. */
export function TrialResult({ events, sensorId, within, toMs, isOutdated }: TrialResultProps): ReactNode {
  const [shown, setShown] = useState(PAGE_SIZE);
  return (
    <div className={`stack trial-result${isOutdated ? ' is-outdated' : ''}`} aria-busy={isOutdated}>
      <p className="trial-summary" role="status">
        {summarizeTrial(events, within, toMs)}
      </p>
      {events.length > 0 && (
        <ol className="trial-events" aria-label="Events the rule would have made">
          {events
            .toReversed()
            .slice(0, shown)
            .map(({ id, time, message, ...event }) => (
              <li key={id} data-time={time}>
                <StateBadge state={stateOfEvent(event)} chip />
                <a className="number" href={linkTo(['sensors', sensorId], { at: time })}>
                  <time dateTime={time}>{formatTime(Date.parse(time))}</time>
                </a>
                <span>{message}</span>
              </li>
            ))}
        </ol>
      )}
      {events.length > shown && (
        <div className="row">
          <button type="button" onClick={() => setShown(shown + 5 * PAGE_SIZE)}>
            Show more
          </button>
          <span className="muted">
            {formatCount(shown)} of {formatCount(events.length)}
          </span>
        </div>
      )}
    </div>
  );
}
