import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, dataOf, type SystemEvent, type Rule } from '../api/client.js';
import type { ChartRange, ChartSpan, ChartThreshold } from '../chart/chart-data.js';
import { nowMs } from '../common/clock.js';
import { live } from '../live/live.js';
import { ANOMALY_LASTS_MS } from '../live/sensor-state.js';
import { absoluteRange, type TimeRange } from './time-range.js';

const LIMIT = 1_000;

/** What was said of a sensor in what is shown, newest first. */
export function useEvents(sensorId: string, shown: TimeRange): readonly SystemEvent[] {
  const queries = useQueryClient();
  const isMoving = shown.kind === 'last';
  const key = `entries\n${sensorId}\n${isMoving ? shown.preset : `${shown.fromMs} ${shown.toMs}`}`;
  const { data = [] } = useQuery({
    queryKey: [key],
    queryFn: () => {
      const { fromMs, toMs } = absoluteRange(shown, nowMs());
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
  const isShown = useRef(shown);
  useEffect(() => {
    isShown.current = shown;
  });
  useEffect(
    () =>
      live.onLog((entry) => {
        if (entry.sensorId !== sensorId || !isIn(isShown.current, Date.parse(entry.time))) return;
        queries.setQueryData<readonly SystemEvent[]>([key], (entries = []) =>
          entries.some(({ id }) => id === entry.id) ? entries : [entry, ...entries],
        );
      }),
    [queries, sensorId, key],
  );
  useEffect(() => live.onReset(() => void queries.invalidateQueries({ queryKey: [key] })), [queries, key]);
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

/** What spans are made of. */
export interface Said {
  /** Newest first. */
  readonly entries: readonly SystemEvent[];
  readonly rules: readonly Rule[];
  /** Rules that hold the sensor critical now. */
  readonly critical: ReadonlySet<string>;
}

/**
 * For how long something stood: critical from its entry to the next normal one of the same rule; from the beginning of
 * the range where that alone is in it, and to its end where none came and the rule still is what it was. Of an anomaly
 * only the beginning is known.
 */
export function spansOf({ entries, rules, critical }: Said, { fromMs, toMs }: ChartRange): ChartSpan[] {
  const spans: ChartSpan[] = [];
  const open = new Map<string, number>();
  const seen = new Set<string>();
  // Where there were more entries than were loaded, nothing is known of what came before the oldest of them.
  const knownFromMs = entries.length < LIMIT ? fromMs : Date.parse(entries.at(-1)?.time ?? '');
  for (const { type, time, ruleId } of entries.toReversed()) {
    if (ruleId === undefined) continue;
    const timeMs = Date.parse(time);
    if (type === 'anomaly')
      spans.push({ type, fromMs: timeMs, toMs: Math.min(toMs, timeMs + ANOMALY_LASTS_MS) });
    if (type === 'critical' && !open.has(ruleId)) open.set(ruleId, timeMs);
    if (type === 'normal') {
      const begunMs = open.get(ruleId) ?? (seen.has(ruleId) ? undefined : knownFromMs);
      if (begunMs !== undefined) spans.push({ type: 'critical', fromMs: begunMs, toMs: timeMs });
      open.delete(ruleId);
    }
    seen.add(ruleId);
  }
  for (const rule of critical) if (!seen.has(rule)) open.set(rule, fromMs);
  for (const { id, since } of rules) {
    const begunMs = open.get(id);
    if (begunMs === undefined) continue;
    // A rule that was changed since began anew, whatever it had said.
    const sinceMs = Date.parse(since);
    spans.push({
      type: 'critical',
      fromMs: begunMs,
      toMs: sinceMs > begunMs ? Math.min(toMs, sinceMs) : toMs,
    });
  }
  return spans;
}

function isIn(shown: TimeRange, timeMs: number): boolean {
  return shown.kind === 'last' || (timeMs >= shown.fromMs && timeMs < shown.toMs);
}
