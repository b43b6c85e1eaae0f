import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useSyncExternalStore } from 'react';

import { api, dataOf } from '../api/client.js';
import type { Rule } from '../api/schemas.js';
import { useNow } from '../common/clock.js';
import { formatCount, formatValue } from '../common/format.js';
import { useHeld } from '../common/held.js';
import { linkTo } from '../common/location.js';
import { MiddleCut } from '../common/middle-cut.js';
import { Since } from '../components/since.js';
import { StateBadge } from '../components/state-badge.js';
import type { SensorState } from '../live/sensor-state.js';
import { useSensor, useSensors } from '../live/use-live.js';
import { findTrouble, reasonOf } from './trouble.js';

/** Sensors that the strip names; on a phone the tiles must not be too far below. */
const PLACES = 8;
const PLACES_ON_PHONES = 4;
const phone = matchMedia('(max-width: 40rem)');

interface TroubleStripProps {
  /** Whether the page knows how things are now. */
  readonly isCurrent: boolean;
  readonly onSelect: (state: SensorState) => void;
}

/** Names the sensors in trouble above all zones, the worst first. */
export function TroubleStrip({ isCurrent, onSelect }: TroubleStripProps): ReactNode {
  const { sensors } = useHeld(useSensors());
  const places = useSyncExternalStore(onPhoneChange, () => (phone.matches ? PLACES_ON_PHONES : PLACES));
  const { shown, more } = useMemo(() => findTrouble(sensors, places), [sensors, places]);
  const rules = useRulesById();
  if (shown.length === 0 && more.length === 0)
    return (
      <p className="trouble-none muted">
        {isCurrent ? 'No sensor is in trouble.' : 'Whether a sensor is in trouble is not known now.'}
      </p>
    );
  return (
    <section className="trouble card" aria-labelledby="trouble-title">
      <h2 id="trouble-title" className="hidden">
        In trouble
      </h2>
      <ul className="trouble-list">
        {shown.map(({ sensorId }) => (
          <TroubleItem key={sensorId} sensorId={sensorId} rules={rules} />
        ))}
      </ul>
      {more.length > 0 && (
        <p className="row trouble-more">
          {shown.length > 0 && <span className="muted">and</span>}
          {more.map(([state, count]) => (
            <button key={state} type="button" onClick={() => onSelect(state)}>
              <strong className="number">{formatCount(count)}</strong>{' '}
              {shown.some((one) => one.state === state) && 'more '}
              <StateBadge state={state} />
            </button>
          ))}
        </p>
      )}
    </section>
  );
}

interface TroubleItemProps {
  readonly sensorId: string;
  readonly rules: ReadonlyMap<string, Rule>;
}

/** One sensor in trouble: since when, by what rule or why, and its value. */
function TroubleItem({ sensorId, rules }: TroubleItemProps): ReactNode {
  const sensor = useSensor(sensorId);
  const nowMs = useNow();
  if (!sensor) return undefined;
  const { state, sinceMs, ruleId, value, zone } = sensor;
  const why =
    ruleId === undefined ? (
      reasonOf(sensor, nowMs)
    ) : (
      <a href={linkTo(['rules', ruleId])}>{rules.get(ruleId)?.name ?? 'a rule'}</a>
    );
  return (
    <li className={`trouble-item is-${state}`} data-trouble={sensorId}>
      <a className="trouble-name" href={linkTo(['sensors', sensorId])}>
        <MiddleCut text={sensorId} />
      </a>
      <span className="trouble-value number">{value === undefined ? '–' : formatValue(value)}</span>
      <span className="trouble-facts">
        <StateBadge state={state} />
        {sinceMs !== undefined && (
          <span className="trouble-since">
            <Since timeMs={sinceMs} />
          </span>
        )}
        <span className="trouble-why" title={zone}>
          {why && <span aria-hidden>· </span>}
          {why}
        </span>
      </span>
    </li>
  );
}

function onPhoneChange(listener: () => void): () => void {
  phone.addEventListener('change', listener);
  return () => {
    phone.removeEventListener('change', listener);
  };
}

function useRulesById(): ReadonlyMap<string, Rule> {
  const { data } = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }): Promise<readonly Rule[]> => dataOf(api.GET('/api/rules', { signal })),
  });
  return useMemo(() => new Map((data ?? []).map((rule) => [rule.id, rule])), [data]);
}
