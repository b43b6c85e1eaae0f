import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';

import { api, dataOf } from '../api/client.js';
import type { EventType, Rule } from '../api/schemas.js';
import { formatTime } from '../common/format.js';
import { linkTo, navigate } from '../common/location.js';
import { SensorOptions, useSensorIds, useZones } from '../components/sensor-options.js';
import { StateBadge } from '../components/state-badge.js';
import { EMPTY_FILTER, EVENT_TYPES, type LogFilter, queryOf, RANGES, timeOf } from './log-filter.js';
import { TimeField } from './time-field.js';

/** The option for a range of the user's own, beside the presets. */
const BETWEEN = 'between';
const DAY_MS = 86_400_000;
/** The types as the list shows them: the gateway's type critical includes silent sensors. */
const TYPE_NAMES = { critical: 'critical or silent', anomaly: 'anomaly', normal: 'normal' } as const;

/** The filters of the log. The URL holds them; below the fields each active filter has a link that removes it. */
export function LogFilters({ filter }: { filter: LogFilter }): ReactNode {
  const change = (changes: Partial<LogFilter>): void =>
    navigate(['log'], queryOf({ ...filter, ...changes }), true);
  const zones = useZones(filter.zone);
  const rules = useRuleNames(filter.ruleId);
  const isBetween = filter.to !== '' || !Object.hasOwn(RANGES, filter.from);
  const selectRange = (range: string): void => {
    const from = range === BETWEEN ? new Date(Date.now() - DAY_MS).toISOString() : range;
    change({ from, to: '' });
  };
  return (
    <search className="stack log-filters">
      <div className="row">
        <TypeFilter selected={filter.types} onSelect={(types) => change({ types })} />
        <select
          aria-label="Zone"
          value={filter.zone}
          onChange={({ target }) => change({ zone: target.value })}
        >
          <option value="">All zones</option>
          {zones.map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
        <SensorFilter
          key={filter.sensorId}
          sensorId={filter.sensorId}
          zone={filter.zone}
          onSelect={(sensorId) => change({ sensorId })}
        />
        <select
          aria-label="Rule"
          value={filter.ruleId}
          onChange={({ target }) => change({ ruleId: target.value })}
        >
          <option value="">Any rule</option>
          {rules.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label="Time"
          value={isBetween ? BETWEEN : filter.from}
          onChange={({ target }) => selectRange(target.value)}
        >
          {Object.entries(RANGES).map(([from, name]) => (
            <option key={from} value={from}>
              {name}
            </option>
          ))}
          <option value={BETWEEN}>Custom range …</option>
        </select>
      </div>
      {isBetween && (
        <div className="row">
          <TimeField label="From" value={filter.from} onSelect={(from) => change({ from })} />
          <TimeField label="To" value={filter.to} onSelect={(to) => change({ to })} />
        </div>
      )}
      <ActiveFilters filter={filter} rules={rules} />
    </search>
  );
}

interface TypeFilterProps {
  readonly selected: readonly EventType[];
  readonly onSelect: (types: readonly EventType[]) => void;
}

function TypeFilter({ selected, onSelect }: TypeFilterProps): ReactNode {
  return (
    <div className="choice" role="group" aria-label="Types">
      {EVENT_TYPES.map((type) => {
        const isSelected = selected.includes(type);
        const others = EVENT_TYPES.filter((one) => (one === type ? !isSelected : selected.includes(one)));
        return (
          <button
            key={type}
            type="button"
            aria-pressed={isSelected}
            title={type === 'critical' ? 'Silent rules report events of type critical' : undefined}
            // Selecting all types is the same as selecting none.
            onClick={() => onSelect(others.length === EVENT_TYPES.length ? [] : others)}
          >
            <StateBadge state={type} />
            {type === 'critical' && <span> or silent</span>}
          </button>
        );
      })}
    </div>
  );
}

interface SensorFilterProps {
  readonly sensorId: string;
  readonly zone: string;
  readonly onSelect: (sensorId: string) => void;
}

/** Applies the sensor when one is picked from the suggestions, or with Enter. */
function SensorFilter({ sensorId, zone, onSelect }: SensorFilterProps): ReactNode {
  const [typed, setTyped] = useState(sensorId);
  const known = useSensorIds();
  const id = useId();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSelect(typed.trim());
      }}
    >
      <input
        type="search"
        aria-label="Sensor"
        placeholder="All sensors"
        list={id}
        value={typed}
        spellCheck={false}
        onChange={({ target, nativeEvent }) => {
          setTyped(target.value);
          // Picking from the list, or clearing with the cross, is not letter by letter.
          const isPicked = !('inputType' in nativeEvent) || nativeEvent.inputType === 'insertReplacementText';
          if (target.value === '' || (isPicked && known.includes(target.value))) onSelect(target.value);
        }}
        onBlur={() => typed.trim() !== sensorId && onSelect(typed.trim())}
      />
      <SensorOptions id={id} typed={typed} zone={zone} />
    </form>
  );
}

/** All rules. @param selected is always among them: a deleted rule still has events */
function useRuleNames(selected: string): readonly Pick<Rule, 'id' | 'name'>[] {
  const { data = [] } = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/rules', { signal })),
  });
  if (!selected || data.some(({ id }) => id === selected)) return data;
  return [...data, { id: selected, name: `deleted (${selected})` }];
}

interface ActiveFiltersProps {
  readonly filter: LogFilter;
  readonly rules: readonly Pick<Rule, 'id' | 'name'>[];
}

/** The active filters, each with a link that removes it. */
function ActiveFilters({ filter, rules }: ActiveFiltersProps): ReactNode {
  const { types, zone, sensorId, ruleId, from, to } = filter;
  const rule = rules.find(({ id }) => id === ruleId)?.name ?? ruleId;
  const parts: readonly (readonly [text: string, without: LogFilter])[] = [
    ...types.map(
      (type) => [TYPE_NAMES[type], { ...filter, types: types.filter((one) => one !== type) }] as const,
    ),
    ...(zone ? [[`zone ${zone}`, { ...filter, zone: '' }] as const] : []),
    ...(sensorId ? [[`sensor ${sensorId}`, { ...filter, sensorId: '' }] as const] : []),
    ...(ruleId ? [[`rule ${rule}`, { ...filter, ruleId: '' }] as const] : []),
    ...(from ? [[fromLabel(from), { ...filter, from: '' }] as const] : []),
    ...(to ? [[`before ${timeLabel(to)}`, { ...filter, to: '' }] as const] : []),
  ];
  if (parts.length === 0) return undefined;
  return (
    <ul className="row active-filters" aria-label="Filters">
      {parts.map(([text, without]) => (
        <li key={text}>
          <a className="button" href={linkTo(['log'], queryOf(without))} aria-label={`Remove ${text}`}>
            {text} <span aria-hidden>×</span>
          </a>
        </li>
      ))}
      {parts.length > 1 && (
        <li>
          <a className="button quiet" href={linkTo(['log'], queryOf(EMPTY_FILTER))}>
            Remove all
          </a>
        </li>
      )}
    </ul>
  );
}

function fromLabel(from: string): string {
  if (Object.hasOwn(RANGES, from)) return RANGES[from as keyof typeof RANGES].toLowerCase();
  return `since ${timeLabel(from)}`;
}

function timeLabel(text: string): string {
  const timeMs = timeOf(text, Date.now());
  return Number.isNaN(timeMs) ? text : formatTime(timeMs);
}
