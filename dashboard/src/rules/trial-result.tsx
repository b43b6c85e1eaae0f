import { type ReactNode, useState } from 'react';

import { linkTo } from '../common/location.js';
import type { SystemEvent } from '../api/client.js';
import { formatCount, formatTime } from '../common/format.js';
import { StateBadge } from '../components/state-badge.js';
import { summarizeTrial } from './trial-summary.js';

/** Listed at once; more on demand. */
const PAGE = 100;

interface TrialResultProps {
  /** Oldest first. */
  readonly entries: readonly SystemEvent[];
  readonly sensorId: string;
  readonly within: string;
  readonly toMs: number;
  /** Whether the rule has been changed since. */
  readonly isOld: boolean;
}

/** What a trial found: in a sentence, and entry by entry, the newest first. The marks on the chart in words. */
export function TrialResult({ entries, sensorId, within, toMs, isOld }: TrialResultProps): ReactNode {
  const [shown, setShown] = useState(PAGE);
  return (
    <div className={`stack found${isOld ? ' is-old' : ''}`} aria-busy={isOld}>
      <p className="found-words" role="status">
        {summarizeTrial(entries, within, toMs)}
      </p>
      {entries.length > 0 && (
        <ol className="found-list" aria-label="Entries it would have made">
          {entries
            .toReversed()
            .slice(0, shown)
            .map(({ id, time, type, message }) => (
              <li key={id} data-time={time}>
                <StateBadge state={type} chip />
                <a className="number" href={linkTo(['sensors', sensorId], { at: time })}>
                  <time dateTime={time}>{formatTime(Date.parse(time))}</time>
                </a>
                <span>{message}</span>
              </li>
            ))}
        </ol>
      )}
      {entries.length > shown && (
        <div className="row">
          <button type="button" onClick={() => setShown(shown + 5 * PAGE)}>
            Show more
          </button>
          <span className="muted">
            {formatCount(shown)} of {formatCount(entries.length)}
          </span>
        </div>
      )}
    </div>
  );
}
