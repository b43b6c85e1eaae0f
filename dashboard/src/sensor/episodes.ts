import type { Rule, SystemEvent } from '../api/schemas.js';
import type { ChartEpisode, ChartRange, ChartThreshold } from '../chart/chart-data.js';
import { stateOfEvent } from '../live/event-state.js';
import { ANOMALY_LASTS_MS } from '../live/sensor-state.js';
import { MAX_LOADED_EVENTS } from './use-events.js';

/** The thresholds of rules. */
export function thresholdsOf(rules: readonly Rule[]): ChartThreshold[] {
  return rules.flatMap((rule) =>
    'threshold' in rule ? [{ value: rule.threshold, label: `${rule.name} (${rule.kind})` }] : [],
  );
}

/** What episodes are computed from. */
export interface EpisodeSources {
  /** Those of the range, newest first. */
  readonly events: readonly SystemEvent[];
  /** Those from before the range, newest first; they say what the range starts with. */
  readonly earlier: readonly SystemEvent[];
  readonly rules: readonly Rule[];
  /** The rules for which the sensor is critical now, and since when; undefined while unknown. */
  readonly activeRules: ReadonlyMap<string, number> | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * The periods within a range in which the sensor was critical, silent or anomalous; one that began earlier starts before the
 * range. A critical or silent period lasts from a critical event to the next normal one of the same rule. Without the
 * second it lasts to the end of the range or until now, if the rule is active or was not changed since. The end of an
 * anomaly is unknown, so each lasts equally long.
 */
export function episodesOf(sources: EpisodeSources, { fromMs, toMs }: ChartRange): ChartEpisode[] {
  const { events, rules, activeRules, nowMs } = sources;
  const untilMs = Math.min(toMs, nowMs);
  const isCut = events.length >= MAX_LOADED_EVENTS;
  // If not all events were loaded, nothing is known about the time before the oldest one.
  const knownFromMs = isCut ? Date.parse(events.at(-1)?.time ?? '') : fromMs;
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const episodes: ChartEpisode[] = [];
  const open = new Map<string, number>();
  const seen = new Set<string>();
  const silent = new Set<string>();
  const add = (type: ChartEpisode['type'], ruleId: string, startMs: number, endMs: number): void => {
    if (endMs < fromMs || startMs > toMs) return;
    const rule = byId.get(ruleId);
    const isSilent = type === 'critical' && (rule ? rule.kind === 'silent' : silent.has(ruleId));
    const label = rule?.name ?? 'a rule of that time';
    episodes.push({ type: isSilent ? 'silent' : type, fromMs: startMs, toMs: endMs, label });
  };
  const follow = (event: SystemEvent): void => {
    const { type, time, ruleId } = event;
    if (ruleId === undefined) return;
    if (stateOfEvent(event) === 'silent') silent.add(ruleId);
    const timeMs = Date.parse(time);
    if (type === 'anomaly') add(type, ruleId, timeMs, Math.min(toMs, timeMs + ANOMALY_LASTS_MS));
    if (type === 'critical' && !open.has(ruleId)) open.set(ruleId, timeMs);
    if (type === 'normal') {
      const startMs = open.get(ruleId) ?? (seen.has(ruleId) ? undefined : knownFromMs);
      if (startMs !== undefined) add('critical', ruleId, startMs, timeMs);
      open.delete(ruleId);
    }
    seen.add(ruleId);
  };
  if (!isCut) {
    for (const event of sources.earlier.toReversed()) follow(event);
    // A rule that forgot the sensor, or was paused, reported no end.
    if (toMs >= nowMs && activeRules)
      for (const ruleId of open.keys()) if (!activeRules.has(ruleId)) open.delete(ruleId);
  }
  for (const event of events.toReversed()) follow(event);
  for (const [ruleId, sinceMs] of activeRules ?? [])
    if (!open.has(ruleId) && sinceMs < untilMs) open.set(ruleId, sinceMs);
  for (const { id, since } of rules) {
    const startMs = open.get(id);
    if (startMs === undefined) continue;
    // A rule starts again when it is changed, so its earlier critical state ended then; unless it is active for earlier readings.
    const changedMs = Date.parse(since);
    const activeMs = activeRules?.get(id) ?? Infinity;
    const isOver = changedMs > startMs && activeMs > Math.min(untilMs, changedMs);
    add('critical', id, startMs, Math.max(startMs, isOver ? Math.min(untilMs, changedMs) : untilMs));
    if (isOver && activeMs < untilMs) add('critical', id, activeMs, untilMs);
  }
  return episodes;
}
