import type { ReactNode } from 'react';

import type { Rule } from '../api/schemas.js';
import { formatValue } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { Since } from '../components/since.js';
import { StateBadge } from '../components/state-badge.js';
import { Ago } from '../components/time.js';
import type { LiveSensor } from '../live/live-sensors.js';

/** The last value, since when the state stands and why, and the age of the reading. */
export function SensorNow({ sensor, rules }: { sensor: LiveSensor; rules: readonly Rule[] }): ReactNode {
  const { state, sinceMs, ruleId, value, zone, timeMs } = sensor;
  const rule = rules.find(({ id }) => id === ruleId);
  return (
    <>
      <span className="sensor-value number">{value === undefined ? '–' : formatValue(value)}</span>
      <span className="sensor-state">
        <StateBadge state={state} chip />
        {sinceMs !== undefined && <Since timeMs={sinceMs} />}
        {rule && (
          <span>
            by <a href={linkTo(['rules', rule.id])}>{rule.name}</a>
          </span>
        )}
      </span>
      <span className="muted">
        {timeMs > 0 && (
          <>
            measured <Ago timeMs={timeMs} />{' '}
          </>
        )}
        in <a href={linkTo([], { zone })}>{zone}</a>
      </span>
    </>
  );
}
