import { useMemo } from 'react';

import type { Rule } from '../api/schemas.js';
import { nowMs } from '../common/clock.js';
import { isFromWrongClock, type SensorState } from '../live/sensor-state.js';
import { useSensors } from '../live/use-live.js';

/** Where and since when a rule is active. */
export interface ActiveRule {
  readonly sensorIds: readonly string[];
  /** The oldest of its states, milliseconds since the Unix epoch; undefined when the gateway's clock was wrong then. */
  readonly sinceMs: number | undefined;
}

/** The rules that are active now, by id. An anomaly rule is, where the state of a sensor comes from it. */
export function useActiveRules(): ReadonlyMap<string, ActiveRule> {
  const { sensors } = useSensors();
  return useMemo(() => {
    const active = new Map<string, { sensorIds: string[]; sinceMs: number }>();
    const add = (sensorId: string, ruleId: string, sinceMs: number): void => {
      const rule = active.get(ruleId) ?? { sensorIds: [], sinceMs: Infinity };
      rule.sensorIds.push(sensorId);
      if (!isFromWrongClock(sinceMs, nowMs())) rule.sinceMs = Math.min(rule.sinceMs, sinceMs);
      active.set(ruleId, rule);
    };
    for (const { sensorId, state, ruleId, sinceMs = Infinity, activeRules } of sensors) {
      for (const [id, activeMs] of activeRules) add(sensorId, id, activeMs);
      if (state === 'anomaly' && ruleId !== undefined) add(sensorId, ruleId, sinceMs);
    }
    return new Map(
      [...active].map(([id, { sensorIds, sinceMs }]) => [
        id,
        { sensorIds, sinceMs: Number.isFinite(sinceMs) ? sinceMs : undefined },
      ]),
    );
  }, [sensors]);
}

/** The state that a rule of this kind gives to a sensor. */
export function stateOfKind(kind: Rule['kind']): SensorState {
  return kind === 'silent' || kind === 'anomaly' ? kind : 'critical';
}
