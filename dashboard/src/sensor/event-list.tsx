import type { ReactNode } from 'react';

import type { SystemEvent } from '../api/schemas.js';
import type { ChartEpisode } from '../chart/chart-data.js';
import { linkTo } from '../common/location.js';
import { StateBadge } from '../components/state-badge.js';
import { Time } from '../components/time.js';
import { stateOfEvent } from '../live/event-state.js';

const MAX_EVENTS = 50;

interface EventListProps {
  readonly sensorId: string;
  /** Newest first; undefined while they load. */
  readonly events: readonly SystemEvent[] | undefined;
  readonly episodes: readonly ChartEpisode[];
  /** When the range starts, milliseconds since the Unix epoch. */
  readonly fromMs: number;
}

/** The events of the sensor in the visible range: the marks of the chart as text. */
export function EventList({ sensorId, events, episodes, fromMs }: EventListProps): ReactNode {
  const before = episodes.filter((episode) => episode.fromMs <= fromMs);
  return (
    <section className="card padded stack" aria-labelledby="events">
      <div className="row spread">
        <h2 id="events">Events</h2>
        <a href={linkTo(['log'], { sensorId })}>All events of this sensor</a>
      </div>
      {events?.length === 0 && before.length === 0 && <p className="muted">No events in this range.</p>}
      <ul className="event-list">
        {(events ?? []).slice(0, MAX_EVENTS).map(({ id, time, message, ...event }) => (
          <li key={id}>
            <StateBadge state={stateOfEvent(event)} />
            <a href={linkTo(['sensors', sensorId], { at: time })}>
              <Time timeMs={Date.parse(time)} />
            </a>
            <span>{message}</span>
          </li>
        ))}
        {before.map((episode) => (
          <li key={`${episode.label} ${episode.fromMs}`}>
            <StateBadge state={episode.type} />
            <a href={linkTo(['sensors', sensorId], { at: new Date(episode.fromMs).toISOString() })}>
              <Time timeMs={episode.fromMs} />
            </a>
            <span>
              {episode.type} since before this range: {episode.label}
            </span>
          </li>
        ))}
      </ul>
      {events && events.length > MAX_EVENTS && (
        <p className="muted">Only the newest {MAX_EVENTS} are listed.</p>
      )}
    </section>
  );
}
