import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';

import { formatCount, formatRate } from '../common/format.js';
import { usePaced } from '../common/held.js';
import { linkTo, navigate, useLocation } from '../common/location.js';
import { lazyPart } from '../components/lazy-part.js';
import { StateBadge } from '../components/state-badge.js';
import { View } from '../components/view.js';
import type { LiveSensor } from '../live/live-sensors.js';
import { SENSOR_STATES, type SensorState } from '../live/sensor-state.js';
import { useConnection, useIsIncomplete, useReadingRate, useSensors } from '../live/use-live.js';
import { CompareBar } from './compare-bar.js';
import { type SensorFilter, type Sort, SORTS } from './overview-rows.js';
import './overview.css';
import { TileList } from './tile-list.js';
import { findTrouble } from './trouble.js';
import { TroubleStrip } from './trouble-strip.js';

// Needed once, so it is loaded on demand.
const GettingStarted = lazyPart(async () => (await import('./getting-started.js')).GettingStarted);

/** All sensors, zone by zone, below those in trouble. */
export function Overview(): ReactNode {
  const { sensors, isLoaded } = usePaced(useSensors());
  const isIncomplete = useIsIncomplete();
  if (sensors.length > 0)
    return (
      <View title="Overview" actions={<Actions />}>
        {isIncomplete && <Incomplete />}
        <Sensors sensors={sensors} isLoaded={isLoaded} />
      </View>
    );
  if (isIncomplete)
    return (
      <View title="Overview">
        <Incomplete />
      </View>
    );
  return <View title="Overview">{isLoaded ? <GettingStarted /> : <p className="muted">Loading …</p>}</View>;
}

function Incomplete(): ReactNode {
  return (
    <p className="notice" role="status">
      The gateway is still loading the sensors of its store. Some are missing until then.
    </p>
  );
}

function Actions(): ReactNode {
  const rate = useReadingRate();
  return (
    <p className="row muted">
      <span>
        <strong className="number">{formatRate(rate)}</strong> readings/s
      </span>
      <a className="button" href={linkTo(['connect'])}>
        Connect a device
      </a>
    </p>
  );
}

interface SensorsProps {
  readonly sensors: readonly LiveSensor[];
  readonly isLoaded: boolean;
}

function Sensors({ sensors, isLoaded }: SensorsProps): ReactNode {
  const { query } = useLocation();
  const { state: connection } = useConnection();
  // Until the list is loaded, and without a connection, nothing may look healthy.
  const isCurrent = isLoaded && connection === 'live';
  const filter: SensorFilter = {
    search: query.get('search') ?? '',
    zone: query.get('zone') ?? '',
    state: (SENSOR_STATES as readonly string[]).includes(query.get('state') ?? '')
      ? (query.get('state') as SensorState)
      : '',
    sort: Object.hasOwn(SORTS, query.get('sort') ?? '') ? (query.get('sort') as Sort) : 'state',
  };
  const change = (changes: Partial<SensorFilter>): void => {
    const { search, zone, state, sort } = { ...filter, ...changes };
    navigate([], { search, zone, state, sort: sort === 'state' ? undefined : sort }, true);
  };
  return (
    <div className={`stack overview${isCurrent ? '' : ' is-not-current'}`}>
      <StateCounts sensors={sensors} selected={filter.state} onSelect={(state) => change({ state })} />
      <TroubleStrip isCurrent={isCurrent} onSelect={(state) => change({ state })} />
      <div className="row overview-tools">
        <SearchField value={filter.search} onChange={(search) => change({ search })} />
        <ZoneSelect sensors={sensors} zone={filter.zone} onSelect={(zone) => change({ zone })} />
        <label>
          <span className="hidden">Sort by</span>
          <select value={filter.sort} onChange={({ target }) => change({ sort: target.value as Sort })}>
            {Object.entries(SORTS).map(([sort, name]) => (
              <option key={sort} value={sort}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <TileList filter={filter} />
      <CompareBar />
    </div>
  );
}

interface StateCountsProps {
  readonly sensors: readonly LiveSensor[];
  readonly selected: SensorState | '';
  readonly onSelect: (state: SensorState | '') => void;
}

/** The number of sensors in each state; a click shows only those. */
function StateCounts({ sensors, selected, onSelect }: StateCountsProps): ReactNode {
  const counts = useMemo(() => findTrouble(sensors, 0).counts, [sensors]);
  return (
    <div className="state-counts" role="group" aria-label="Sensors by state">
      <button type="button" aria-pressed={selected === ''} onClick={() => onSelect('')}>
        <strong className="number">{formatCount(sensors.length)}</strong> all
      </button>
      {SENSOR_STATES.map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={selected === state}
          disabled={counts[state] === 0 && selected !== state}
          onClick={() => onSelect(selected === state ? '' : state)}
        >
          <strong className="number">{formatCount(counts[state])}</strong> <StateBadge state={state} />
        </button>
      ))}
    </div>
  );
}

interface ZoneSelectProps {
  readonly sensors: readonly LiveSensor[];
  readonly zone: string;
  readonly onSelect: (zone: string) => void;
}

function ZoneSelect({ sensors, zone, onSelect }: ZoneSelectProps): ReactNode {
  const zones = useMemo(() => [...new Set(sensors.map((sensor) => sensor.zone))].sort(), [sensors]);
  return (
    <select aria-label="Zone" value={zone} onChange={({ target }) => onSelect(target.value)}>
      <option value="">All zones</option>
      {(zones.includes(zone) || !zone ? zones : [zone, ...zones]).map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  );
}

/** Filters the list once the user stops typing for a moment. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }): ReactNode {
  const [text, setText] = useState(value);
  useEffect(() => {
    setText(value);
  }, [value]);
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  });
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => change.current(text), 150);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <label className="search">
      <span className="hidden">Search sensors and zones</span>
      <input
        type="search"
        placeholder="Search sensors and zones"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </label>
  );
}
