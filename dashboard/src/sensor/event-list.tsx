import type { ReactNode } from 'react';

import type { SystemEvent } from '../api/client.js';
import { linkTo } from '../common/location.js';
import { StateBadge } from '../components/state-badge.js';
import { Time } from '../components/time.js';
import { stateOfEvent } from '../live/event-state.js';

const MAX_EVENTS = 50;

/** The events of the sensor in the visible range: the marks of the chart as text. */
export function EventList({
  sensorId,
  events,
}: {
  sensorId: string;
  events: readonly SystemEvent[];
}): ReactNode {
  return (
    <section className="card padded stack" aria-labelledby="events">
      <div className="row spread">
        <h2 id="events">Events</h2>
        <a href={linkTo(['log'], { sensorId })}>All events of this sensor</a>
      </div>
      {events.length === 0 && <p className="muted">No events in this range.</p>}
      <ul className="event-list">
        {events.slice(0, MAX_EVENTS).map(({ id, time, message, ...event }) => (
          <li key={id}>
            <StateBadge state={stateOfEvent(event)} />
            <a href={linkTo(['sensors', sensorId], { at: time })}>
              <Time timeMs={Date.parse(time)} />
            </a>
            <span>{message}</span>
          </li>
        ))}
      </ul>
      {events.length > MAX_EVENTS && <p className="muted">Only the newest {MAX_EVENTS} are listed.</p>}
    </section>
  );
}
