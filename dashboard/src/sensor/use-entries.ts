import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { api, dataOf, type LogEntry, type Rule } from '../api/client.js';
import type { ChartSpan, ChartThreshold } from '../chart/chart.js';
import { nowMs } from '../clock.js';
import { live } from '../live/live.js';
import { ANOMALY_LASTS_MS } from '../live/sensor-state.js';
import { rangeAt, type ShownRange } from './shown-range.js';

const LIMIT = 1_000;

/** What was said of a sensor in what is shown, newest first. */
export function useEntries(sensorId: string, shown: ShownRange): readonly LogEntry[] {
  const queries = useQueryClient();
  const isMoving = shown.kind === 'last';
  const key = `entries\n${sensorId}\n${isMoving ? shown.preset : `${shown.fromMs} ${shown.toMs}`}`;
  const { data = [] } = useQuery({
    queryKey: [key],
    queryFn: () => {
      const { fromMs, toMs } = rangeAt(shown, nowMs());
      const query = {
        sensorId: [sensorId.replaceAll(',', '\\,')],
        from: new Date(fromMs).toISOString(),
        limit: LIMIT,
      };
      const to = isMoving ? {} : { to: new Date(toMs).toISOString() };
      return dataOf(api.GET('/api/logs', { params: { query: { ...query, ...to } } }));
    },
    placeholderData: keepPreviousData,
  });
  useEffect(
    () =>
      live.onLog((entry) => {
        if (entry.sensorId !== sensorId) return;
        queries.setQueryData<readonly LogEntry[]>([key], (entries = []) =>
          entries.some(({ id }) => id === entry.id) ? entries : [entry, ...entries],
        );
      }),
    [queries, sensorId, key],
  );
  return data;
}

/** Rules that are about a sensor. */
export function useRulesAbout(sensorId: string, zone: string | undefined): readonly Rule[] {
  const { data = [] } = useQuery({ queryKey: ['rules'], queryFn: () => dataOf(api.GET('/api/rules')) });
  return data.filter((rule) =>
    rule.sensorId === undefined ? rule.zone === undefined || rule.zone === zone : rule.sensorId === sensorId,
  );
}

/** Levels that rules about a sensor watch. */
export function thresholdsOf(rules: readonly Rule[]): ChartThreshold[] {
  return rules.flatMap((rule) =>
    'threshold' in rule ? [{ value: rule.threshold, label: `${rule.name} (${rule.kind})` }] : [],
  );
}

/**
 * For how long something stood: critical from its entry to the next normal one of the same rule, before the range began
 * where that alone is in it, and on to its end where none came. Of an anomaly only the beginning is known.
 */
export function spansOf(entries: readonly LogEntry[], fromMs: number, toMs: number): ChartSpan[] {
  const spans: ChartSpan[] = [];
  const open = new Map<string, number>();
  const closed = new Set<string>();
  for (const { type, time, ruleId } of entries.toReversed()) {
    if (ruleId === undefined) continue;
    const timeMs = Date.parse(time);
    if (type === 'anomaly')
      spans.push({ type, fromMs: timeMs, toMs: Math.min(toMs, timeMs + ANOMALY_LASTS_MS) });
    if (type === 'critical' && !open.has(ruleId)) open.set(ruleId, timeMs);
    if (type === 'normal') {
      const begunMs = open.get(ruleId);
      if (begunMs !== undefined || !closed.has(ruleId))
        spans.push({ type: 'critical', fromMs: begunMs ?? fromMs, toMs: timeMs });
      open.delete(ruleId);
    }
    closed.add(ruleId);
  }
  for (const begunMs of open.values()) spans.push({ type: 'critical', fromMs: begunMs, toMs });
  return spans;
}
