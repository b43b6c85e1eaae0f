import type { ReactNode } from 'react';

import type { Rule } from '../api/client.js';
import { useNow } from '../common/clock.js';
import { formatCount, formatMoment, formatTime } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { StateBadge } from '../components/state-badge.js';
import { type ActiveRule, stateOfKind } from './active-rules.js';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** Where a rule is active now, and since when; the link leads to those sensors. */
export function RuleNow({ rule, active }: { rule: Rule; active: ActiveRule | undefined }): ReactNode {
  if (!active) return <span className="muted">–</span>;
  const state = stateOfKind(rule.kind);
  const { sensorIds, sinceMs } = active;
  const [only] = sensorIds;
  const link =
    sensorIds.length === 1 && only !== undefined
      ? linkTo(['sensors', only])
      : linkTo([], { state, zone: rule.zone });
  return (
    <div className="now">
      <a className="row" href={link} title={sensorIds.length === 1 ? only : 'These sensors on the overview'}>
        <StateBadge state={state} chip /> <span>at {formatCount(sensorIds.length)}</span>
      </a>
      {sinceMs !== undefined && <Since timeMs={sinceMs} />}
    </div>
  );
}

/** Since when something is so, as in "since 14:05 (12 min)". */
function Since({ timeMs }: { timeMs: number }): ReactNode {
  const seconds = Math.max(0, (useNow() - timeMs) / 1000);
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? (['second', 1] as const);
  const duration = new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumFractionDigits: 0 }).format(
    Math.floor(seconds / length),
  );
  return (
    <time className="muted" dateTime={new Date(timeMs).toISOString()} title={formatTime(timeMs)}>
      since {formatMoment(timeMs)} ({duration})
    </time>
  );
}
