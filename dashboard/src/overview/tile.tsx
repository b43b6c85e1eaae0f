import { memo, type ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatAgo, formatValue } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { StateBadge } from '../components/state-badge.js';
import { useSensor, useSparkline } from '../live/use-live.js';
import { Sparkline } from './sparkline.js';

/** One sensor: value, age, state and last hour. Links to the view of the sensor. */
export const Tile = memo(function Tile({ sensorId }: { sensorId: string }): ReactNode {
  const sensor = useSensor(sensorId);
  const points = useSparkline(sensorId);
  const nowMs = useNow();
  if (!sensor) return undefined;
  const { state, value, timeMs } = sensor;
  return (
    <a className={`tile is-${state}`} href={linkTo(['sensors', sensorId])} data-sensor={sensorId}>
      <span className="tile-head">
        <span className="tile-name" title={sensorId}>
          {sensorId}
        </span>
        <StateBadge state={state} brief />
      </span>
      <span className="tile-body">
        <span className="tile-value number">{value === undefined ? '–' : formatValue(value)}</span>
        <span className="muted">
          {state !== 'normal' && <strong className={`is-${state}`} aria-hidden>{`${state} `}</strong>}
          {timeMs > 0 ? formatAgo(nowMs - timeMs) : 'no reading yet'}
        </span>
      </span>
      <Sparkline points={points} endMinute={Math.floor(nowMs / 60_000)} />
    </a>
  );
});
