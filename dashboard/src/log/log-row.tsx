import { memo, type ReactNode } from 'react';

import { linkTo } from '../common/location.js';
import type { SystemEvent } from '../api/client.js';
import { formatClock, formatTime, formatValue } from '../common/format.js';
import { StateBadge } from '../components/state-badge.js';
import type { LogRow } from './log-rows.js';
import { type LogFilter, queryOf } from './log-filter.js';

/** A day's heading, or an entry. */
export const LogRowView = memo(function LogRowView({
  row,
  filter,
}: {
  row: LogRow;
  filter: LogFilter;
}): ReactNode {
  if (row.kind === 'day') return <h2 className="log-day">{row.day}</h2>;
  return <Entry entry={row.entry} filter={filter} />;
});

/** One entry. Its message leads to the moment on the sensor's chart; sensor and zone narrow the log to themselves. */
function Entry({ entry, filter }: { entry: SystemEvent; filter: LogFilter }): ReactNode {
  const { time, type, message, sensorId, zone, value } = entry;
  const timeMs = Date.parse(time);
  return (
    <article className={`log-entry type-${type}`} data-entry={entry.id}>
      <StateBadge state={type} chip />
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
      <Narrow what="sensor" name={sensorId} link={queryOf({ ...filter, sensorId: sensorId ?? '' })} />
      <Narrow what="zone" name={zone} link={queryOf({ ...filter, zone: zone ?? '' })} />
    </article>
  );
}

interface NarrowProps {
  readonly what: 'sensor' | 'zone';
  readonly name: string | undefined;
  readonly link: Readonly<Record<string, string>>;
}

function Narrow({ what, name, link }: NarrowProps): ReactNode {
  if (name === undefined) return <span className={`log-${what}`} />;
  const title = `Only entries of ${what} ${name}`;
  return (
    <span className={`log-${what}`}>
      <a href={linkTo(['log'], link)} title={title}>
        <span className="hidden">Only {what} </span>
        {name}
      </a>
    </span>
  );
}
