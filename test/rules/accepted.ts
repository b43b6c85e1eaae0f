import { detectorFactory } from '../../src/rules/anomaly/create-detector.js';
import { type Accepted, Evaluator } from '../../src/rules/evaluator.js';
import type { Rule } from '../../src/rules/rule.js';
import type { SystemEvent } from '../../src/model/system-event.js';
import type { Reading } from '../../src/model/reading.js';

const ABOUT_ALL = { name: 'rule', sinceMs: 0 };

export function above(threshold: number, more: object = {}): Rule {
  return { ...ABOUT_ALL, id: 'r', kind: 'above', threshold, hysteresis: 0, forSeconds: 0, ...more };
}

export function silent(afterSeconds: number, more: object = {}): Rule {
  return { ...ABOUT_ALL, id: 'q', kind: 'silent', afterSeconds, ...more };
}

export function reading(value: number, seconds: number, sensorId = 's', zone = 'z'): Reading {
  return { sensorId, zone, value, timestampUs: Math.round(seconds * 1e6) };
}

/** Each accepted by itself, at its own time. */
export function accepted(readings: readonly Reading[]): Accepted[] {
  return readings.map((one, i) => ({
    readings: [one],
    acceptedMs: one.timestampUs / 1000,
    position: i + 1,
  }));
}

/** Events without ids and messages. */
export function inShort(
  events: readonly SystemEvent[],
): [type: string, seconds: number, sensorId?: string][] {
  return events.map(({ type, timeUs, sensorId }) => [type, timeUs / 1e6, sensorId]);
}

/** Judges by rules, with an empty state at first. */
export function evaluatorOf(rules: readonly Rule[]): Evaluator {
  return new Evaluator(rules, detectorFactory);
}

export async function judge(evaluator: Evaluator, readings: readonly Reading[]): Promise<SystemEvent[]> {
  return evaluator.evaluate(accepted(readings));
}
