import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';

import { navigate, linkTo } from '../common/location.js';
import { api, dataOf, type EventType, type Rule } from '../api/client.js';
import { formatTime } from '../common/format.js';
import { SensorOptions, useSensorIds, useZones } from '../components/sensor-options.js';
import { StateBadge } from '../components/state-badge.js';
import { EVENT_TYPES, type LogFilter, EMPTY_FILTER, queryOf, RANGES, timeOf } from './log-filter.js';
import { TimeField } from './time-field.js';

/** Beside the presets: from one time to another. */
const BETWEEN = 'between';
const DAY_MS = 86_400_000;

/** Narrows the log. What is chosen stands in the address, and below with a button each that takes it away. */
export function LogFilters({ filter }: { filter: LogFilter }): ReactNode {
  const change = (changes: Partial<LogFilter>): void =>
    navigate(['log'], queryOf({ ...filter, ...changes }), true);
  const zones = useZones(filter.zone);
  const rules = useRuleNames(filter.ruleId);
  const isBetween = filter.to !== '' || !Object.hasOwn(RANGES, filter.from);
  const chooseRange = (range: string): void => {
    const from = range === BETWEEN ? new Date(Date.now() - DAY_MS).toISOString() : range;
    change({ from, to: '' });
  };
  return (
    <search className="stack log-filters">
      <div className="row">
        <Types chosen={filter.types} choose={(types) => change({ types })} />
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
          choose={(sensorId) => change({ sensorId })}
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
          onChange={({ target }) => chooseRange(target.value)}
        >
          {Object.entries(RANGES).map(([from, name]) => (
            <option key={from} value={from}>
              {name}
            </option>
          ))}
          <option value={BETWEEN}>Between two times …</option>
        </select>
      </div>
      {isBetween && (
        <div className="row">
          <TimeField label="From" value={filter.from} choose={(from) => change({ from })} />
          <TimeField label="To" value={filter.to} choose={(to) => change({ to })} />
        </div>
      )}
      <ActiveFilters filter={filter} rules={rules} />
    </search>
  );
}

interface TypesProps {
  readonly chosen: readonly EventType[];
  readonly choose: (types: readonly EventType[]) => void;
}

function Types({ chosen, choose }: TypesProps): ReactNode {
  return (
    <div className="choice" role="group" aria-label="Types">
      {EVENT_TYPES.map((type) => {
        const isChosen = chosen.includes(type);
        const others = EVENT_TYPES.filter((one) => (one === type ? !isChosen : chosen.includes(one)));
        return (
          <button
            key={type}
            type="button"
            aria-pressed={isChosen}
            // All of them are the same as none.
            onClick={() => choose(others.length === EVENT_TYPES.length ? [] : others)}
          >
            <StateBadge state={type} />
          </button>
        );
      })}
    </div>
  );
}

interface SensorFilterProps {
  readonly sensorId: string;
  readonly zone: string;
  readonly choose: (sensorId: string) => void;
}

/** Takes a sensor once one is picked from what is offered, or with Enter. */
function SensorFilter({ sensorId, zone, choose }: SensorFilterProps): ReactNode {
  const [typed, type] = useState(sensorId);
  const known = useSensorIds();
  const id = useId();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        choose(typed.trim());
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
          type(target.value);
          // What is picked from the list, or cleared by its cross, was not typed letter by letter.
          const isPicked = !('inputType' in nativeEvent) || nativeEvent.inputType === 'insertReplacementText';
          if (target.value === '' || (isPicked && known.includes(target.value))) choose(target.value);
        }}
        onBlur={() => typed.trim() !== sensorId && choose(typed.trim())}
      />
      <SensorOptions id={id} typed={typed} zone={zone} />
    </form>
  );
}

/** The rules that there are. @param chosen is among them in any case: a rule that is deleted has entries still */
function useRuleNames(chosen: string): readonly Pick<Rule, 'id' | 'name'>[] {
  const { data = [] } = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/rules', { signal })),
  });
  if (!chosen || data.some(({ id }) => id === chosen)) return data;
  return [...data, { id: chosen, name: `deleted (${chosen})` }];
}

interface ActiveFiltersProps {
  readonly filter: LogFilter;
  readonly rules: readonly Pick<Rule, 'id' | 'name'>[];
}

/** What narrows the log, each with a link that takes it away. */
function ActiveFilters({ filter, rules }: ActiveFiltersProps): ReactNode {
  const { types, zone, sensorId, ruleId, from, to } = filter;
  const rule = rules.find(({ id }) => id === ruleId)?.name ?? ruleId;
  const parts: readonly (readonly [text: string, without: LogFilter])[] = [
    ...types.map((type) => [type, { ...filter, types: types.filter((one) => one !== type) }] as const),
    ...(zone ? [[`zone ${zone}`, { ...filter, zone: '' }] as const] : []),
    ...(sensorId ? [[`sensor ${sensorId}`, { ...filter, sensorId: '' }] as const] : []),
    ...(ruleId ? [[`rule ${rule}`, { ...filter, ruleId: '' }] as const] : []),
    ...(from ? [[fromWords(from), { ...filter, from: '' }] as const] : []),
    ...(to ? [[`before ${timeWords(to)}`, { ...filter, to: '' }] as const] : []),
  ];
  if (parts.length === 0) return undefined;
  return (
    <ul className="row chosen" aria-label="Filters">
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

function fromWords(from: string): string {
  if (Object.hasOwn(RANGES, from)) return RANGES[from as keyof typeof RANGES].toLowerCase();
  return `since ${timeWords(from)}`;
}

function timeWords(text: string): string {
  const timeMs = timeOf(text, Date.now());
  return Number.isNaN(timeMs) ? text : formatTime(timeMs);
}
