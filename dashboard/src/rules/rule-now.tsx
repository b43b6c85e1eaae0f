import type { ReactNode } from 'react';

import type { Rule } from '../api/schemas.js';
import { formatCount } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { Since } from '../components/since.js';
import { StateBadge } from '../components/state-badge.js';
import { type ActiveRule, stateOfKind } from './active-rules.js';

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
      {sinceMs !== undefined && (
        <span className="muted">
          <Since timeMs={sinceMs} />
        </span>
      )}
    </div>
  );
}
