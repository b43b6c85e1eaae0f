import { memo, type ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatAgo, formatLasting, formatTime, formatValue, isAhead } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { MiddleCut } from '../common/middle-cut.js';
import { StateBadge } from '../components/state-badge.js';
import type { LiveSensor } from '../live/live-sensors.js';
import { useSensor, useSparkline } from '../live/use-live.js';
import { Sparkline } from './sparkline.js';
import { Tick } from './tick.js';

/** One sensor: value, age, state and last hour. Links to the view of the sensor. */
export const Tile = memo(function Tile({ sensorId }: { sensorId: string }): ReactNode {
  const sensor = useSensor(sensorId);
  const points = useSparkline(sensorId);
  const nowMs = useNow();
  if (!sensor) return undefined;
  const { state, value, timeMs } = sensor;
  return (
    <div className="tile-place">
      <a className={`tile is-${state}`} href={linkTo(['sensors', sensorId])} data-sensor={sensorId}>
        <span className="tile-name">
          <MiddleCut text={sensorId} />
        </span>
        <span className="tile-body">
          <span className="tile-value number">{value === undefined ? '–' : formatValue(value)}</span>
          <span className="tile-facts">
            <TileState sensor={sensor} nowMs={nowMs} />
            <span className="muted" title={timeMs > 0 ? `measured ${formatTime(timeMs)}` : undefined}>
              {timeMs > 0 ? formatAgo(nowMs - timeMs) : 'no reading yet'}
            </span>
          </span>
        </span>
        <Sparkline points={points} endMinute={Math.floor(nowMs / 60_000)} />
      </a>
      <Tick sensorId={sensorId} />
    </div>
  );
});

/** The state with its duration: "critical for 12 min". A normal state is only there for screen readers. */
function TileState({ sensor, nowMs }: { sensor: LiveSensor; nowMs: number }): ReactNode {
  const { state, sinceMs } = sensor;
  if (state === 'normal') return <span className="hidden">normal, </span>;
  return (
    <span className="tile-state">
      <StateBadge state={state} />{' '}
      {sinceMs !== undefined && !isAhead(nowMs - sinceMs) && (
        <span className={`is-${state}`}>for {formatLasting(nowMs - sinceMs)}</span>
      )}
      <span className="hidden">, </span>
    </span>
  );
}
