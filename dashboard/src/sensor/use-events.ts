import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, dataOf } from '../api/client.js';
import type { Rule, SystemEvent } from '../api/schemas.js';
import { nowMs } from '../common/clock.js';
import { live } from '../live/live.js';
import { absoluteRange, type TimeRange } from '../history/time-range.js';

/** Only the newest events of a range are loaded, this many at most. */
export const MAX_LOADED_EVENTS = 1_000;

/** Of the events before a range, so many are loaded: the last one of each rule says what the range starts with. */
const MAX_EARLIER_EVENTS = 100;

/** Events of a sensor, newest first. */
export interface SensorEvents {
  /** Those in the range. */
  readonly events: readonly SystemEvent[];
  /** The newest ones from before the range. */
  readonly earlier: readonly SystemEvent[];
}

/** What is known before the first ones are loaded. */
export const NO_EVENTS: SensorEvents = { events: [], earlier: [] };

/** The events of a sensor in a range, and what happened before; undefined while the first ones load. */
export function useEvents(sensorId: string, timeRange: TimeRange): SensorEvents | undefined {
  const queries = useQueryClient();
  const isLive = timeRange.kind === 'last';
  const key = `events\n${sensorId}\n${isLive ? timeRange.preset : `${timeRange.fromMs} ${timeRange.toMs}`}`;
  const { data } = useQuery({
    queryKey: [key],
    queryFn: async (): Promise<SensorEvents> => {
      const { fromMs, toMs } = absoluteRange(timeRange, nowMs());
      const from = new Date(fromMs).toISOString();
      const to = isLive ? {} : { to: new Date(toMs).toISOString() };
      const [events, earlier] = await Promise.all([
        loadEvents(sensorId, { from, ...to, limit: MAX_LOADED_EVENTS }),
        loadEvents(sensorId, { to: from, limit: MAX_EARLIER_EVENTS }),
      ]);
      return { events, earlier };
    },
    placeholderData: keepPreviousData,
  });
  const current = useRef(timeRange);
  useEffect(() => {
    current.current = timeRange;
  });
  useEffect(
    () =>
      live.onEvent((event) => {
        if (event.sensorId !== sensorId || !isIn(current.current, Date.parse(event.time))) return;
        queries.setQueryData<SensorEvents>([key], (loaded = NO_EVENTS) =>
          loaded.events.some(({ id }) => id === event.id)
            ? loaded
            : { ...loaded, events: [event, ...loaded.events] },
        );
      }),
    [queries, sensorId, key],
  );
  useEffect(() => live.onReset(() => void queries.invalidateQueries({ queryKey: [key] })), [queries, key]);
  return data;
}

function loadEvents(
  sensorId: string,
  part: { readonly from?: string; readonly to?: string; readonly limit: number },
): Promise<SystemEvent[]> {
  const query = { sensorId: [sensorId.replaceAll(',', '\\,')], ...part };
  return dataOf(api.GET('/api/logs', { params: { query } }));
}

/** The rules that apply to a sensor. */
export function useRulesAbout(sensorId: string, zone: string | undefined): readonly Rule[] {
  const { data = [] } = useQuery({ queryKey: ['rules'], queryFn: () => dataOf(api.GET('/api/rules')) });
  return data.filter((rule) =>
    rule.sensorId === undefined ? rule.zone === undefined || rule.zone === zone : rule.sensorId === sensorId,
  );
}

function isIn(timeRange: TimeRange, timeMs: number): boolean {
  return timeRange.kind === 'last' || (timeMs >= timeRange.fromMs && timeMs < timeRange.toMs);
}
