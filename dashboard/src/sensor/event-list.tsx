import type { ReactNode } from 'react';

import { linkTo } from '../common/location.js';
import type { SystemEvent } from '../api/client.js';
import { StateBadge } from '../components/state-badge.js';
import { Time } from '../components/time.js';

const SHOWN = 50;

/** What was said of the sensor in what is shown: the marks of the chart in words. */
export function EventList({
  sensorId,
  entries,
}: {
  sensorId: string;
  entries: readonly SystemEvent[];
}): ReactNode {
  return (
    <section className="card padded stack" aria-labelledby="entries">
      <div className="row spread">
        <h2 id="entries">What was said of it</h2>
        <a href={linkTo(['log'], { sensorId })}>All entries</a>
      </div>
      {entries.length === 0 && <p className="muted">Nothing in this range.</p>}
      <ul className="entry-list">
        {entries.slice(0, SHOWN).map(({ id, time, type, message }) => (
          <li key={id}>
            <StateBadge state={type} />
            <a href={linkTo(['sensors', sensorId], { at: time })}>
              <Time timeMs={Date.parse(time)} />
            </a>
            <span>{message}</span>
          </li>
        ))}
      </ul>
      {entries.length > SHOWN && <p className="muted">The newest {SHOWN} of them.</p>}
    </section>
  );
}
