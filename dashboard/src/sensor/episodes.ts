import type { Rule, SystemEvent } from '../api/client.js';
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
  /** Newest first. */
  readonly events: readonly SystemEvent[];
  readonly rules: readonly Rule[];
  /** The rules for which the sensor is critical now, and since when. */
  readonly activeRules: ReadonlyMap<string, number>;
}

/**
 * The periods in which the sensor was critical, silent or anomalous. A critical or silent period lasts from a critical event to the next
 * normal one of the same rule. Without the first it starts with the range; without the second it lasts to the end of the
 * range, if the rule still exists and was not changed. The end of an anomaly is unknown, so each lasts equally long.
 */
export function episodesOf(
  { events, rules, activeRules }: EpisodeSources,
  { fromMs, toMs }: ChartRange,
): ChartEpisode[] {
  const episodes: ChartEpisode[] = [];
  const open = new Map<string, number>();
  const seen = new Set<string>();
  const silent = new Set<string>();
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const add = (type: ChartEpisode['type'], ruleId: string, startMs: number, endMs: number): void => {
    const rule = byId.get(ruleId);
    const isSilent = type === 'critical' && (rule ? rule.kind === 'silent' : silent.has(ruleId));
    const label = rule?.name ?? 'a rule of that time';
    episodes.push({ type: isSilent ? 'silent' : type, fromMs: startMs, toMs: endMs, label });
  };
  // If not all events were loaded, nothing is known about the time before the oldest one.
  const knownFromMs = events.length < MAX_LOADED_EVENTS ? fromMs : Date.parse(events.at(-1)?.time ?? '');
  for (const event of events.toReversed()) {
    const { type, time, ruleId } = event;
    if (ruleId === undefined) continue;
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
  }
  for (const ruleId of activeRules.keys()) if (!seen.has(ruleId)) open.set(ruleId, fromMs);
  for (const { id, since } of rules) {
    const startMs = open.get(id);
    if (startMs === undefined) continue;
    // A rule starts again when it is changed, so its earlier critical state ended then.
    const sinceMs = Date.parse(since);
    add('critical', id, startMs, sinceMs > startMs ? Math.min(toMs, sinceMs) : toMs);
  }
  return episodes;
}
