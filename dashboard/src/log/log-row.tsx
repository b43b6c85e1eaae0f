import { memo, type ReactNode } from 'react';

import type { SystemEvent } from '../api/schemas.js';
import { formatClock, formatTime, formatValue } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { StateBadge } from '../components/state-badge.js';
import { stateOfEvent } from '../live/event-state.js';
import { type LogFilter, queryOf } from './log-filter.js';
import type { LogRow } from './log-rows.js';

/** The heading of a day, or an event. */
export const LogRowView = memo(function LogRowView({
  row,
  filter,
}: {
  row: LogRow;
  filter: LogFilter;
}): ReactNode {
  if (row.kind === 'day') return <h2 className="log-day">{row.day}</h2>;
  return <EventRow event={row.event} filter={filter} />;
});

/** One event. The message links to the moment on the sensor's chart; sensor and zone are links that filter the log. */
function EventRow({ event, filter }: { event: SystemEvent; filter: LogFilter }): ReactNode {
  const { time, message, sensorId, zone, value } = event;
  const timeMs = Date.parse(time);
  return (
    <article className="log-event" data-event={event.id}>
      <StateBadge state={stateOfEvent(event)} chip />
      <time className="number muted" dateTime={time} title={formatTime(timeMs)}>
        {formatClock(timeMs)}
      </time>
      <p className="log-message">
        {sensorId === undefined ? (
          message
        ) : (
          <a href={linkTo(['sensors', sensorId], { at: time })}>{message}</a>
        )}
      </p>
      <span className="number log-value">{value === undefined ? '' : formatValue(value)}</span>
      <FilterLink what="sensor" name={sensorId} link={queryOf({ ...filter, sensorId: sensorId ?? '' })} />
      <FilterLink what="zone" name={zone} link={queryOf({ ...filter, zone: zone ?? '' })} />
    </article>
  );
}

interface FilterLinkProps {
  readonly what: 'sensor' | 'zone';
  readonly name: string | undefined;
  readonly link: Readonly<Record<string, string>>;
}

function FilterLink({ what, name, link }: FilterLinkProps): ReactNode {
  if (name === undefined) return <span className={`log-${what}`} />;
  const title = `Show only events of ${what} ${name}`;
  return (
    <span className={`log-${what}`}>
      <a href={linkTo(['log'], link)} title={title}>
        <span className="hidden">Only {what} </span>
        {name}
      </a>
    </span>
  );
}
