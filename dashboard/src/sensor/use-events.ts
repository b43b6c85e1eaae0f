import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, dataOf, type Rule, type SystemEvent } from '../api/client.js';
import { nowMs } from '../common/clock.js';
import { live } from '../live/live.js';
import { absoluteRange, type TimeRange } from '../history/time-range.js';

/** Only the newest events of a range are loaded, this many at most. */
export const MAX_LOADED_EVENTS = 1_000;

/** The events of a sensor in a range, newest first. */
export function useEvents(sensorId: string, timeRange: TimeRange): readonly SystemEvent[] {
  const queries = useQueryClient();
  const isLive = timeRange.kind === 'last';
  const key = `events\n${sensorId}\n${isLive ? timeRange.preset : `${timeRange.fromMs} ${timeRange.toMs}`}`;
  const { data = [] } = useQuery({
    queryKey: [key],
    queryFn: () => {
      const { fromMs, toMs } = absoluteRange(timeRange, nowMs());
      const query = {
        sensorId: [sensorId.replaceAll(',', '\\,')],
        from: new Date(fromMs).toISOString(),
        limit: MAX_LOADED_EVENTS,
      };
      const to = isLive ? {} : { to: new Date(toMs).toISOString() };
      return dataOf(api.GET('/api/logs', { params: { query: { ...query, ...to } } }));
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
        queries.setQueryData<readonly SystemEvent[]>([key], (events = []) =>
          events.some(({ id }) => id === event.id) ? events : [event, ...events],
        );
      }),
    [queries, sensorId, key],
  );
  useEffect(() => live.onReset(() => void queries.invalidateQueries({ queryKey: [key] })), [queries, key]);
  return data;
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
