import { detectorFactory } from '../../src/rules/anomaly/create-detector.js';
import { type Accepted, Evaluator } from '../../src/rules/evaluator.js';
import type { Rule } from '../../src/rules/rule.js';
import { RunningTime } from '../../src/rules/running-time.js';
import type { SystemEvent } from '../../src/model/system-event.js';
import type { Reading } from '../../src/model/reading.js';
import { GIVEN, PUSHED, SENT, type Stamp } from '../../src/model/stamp.js';

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

/** A gateway whose clock a test sets, as the journal shows it. */
export class AcceptingGateway {
  private position = 0;
  private run = 1;
  private runningMs = 0;
  private residue = 0;

  /** @param wallMs what its clock shows */
  constructor(public wallMs = Date.UTC(2026, 0, 30)) {}

  get wallSeconds(): number {
    return this.wallMs / 1_000;
  }

  get steady(): { run: number; ms: number } {
    return { run: this.run, ms: this.runningMs };
  }

  /** Time passes. */
  pass(seconds: number): this {
    this.wallMs += seconds * 1_000;
    this.runningMs += seconds * 1_000;
    return this;
  }

  /** Somebody sets the clock. A larger step back is believed: the next residue begins. */
  leap(seconds: number): this {
    this.wallMs += seconds * 1_000;
    if (seconds < -10) this.residue = (this.residue + 1) % 64;
    return this;
  }

  /** The gateway is off for so long. */
  restart(offSeconds = 0): this {
    this.wallMs += offSeconds * 1_000;
    this.run += 1;
    this.runningMs = 0;
    return this;
  }

  /** A reading without a timestamp. @param aheadMs how far its stamp is pushed ahead of the clock */
  given(value: number, sensorId = 's', aheadMs = 0): Accepted {
    const stampUs = Math.floor(((this.wallMs + aheadMs) * 1_000) / 64) * 64 + this.residue;
    return this.accept({ sensorId, zone: 'z', value, timestampUs: stampUs }, aheadMs > 0 ? PUSHED : GIVEN);
  }

  /** A reading with a timestamp of its own, so far ahead of the gateway's clock. */
  sent(value: number, aheadSeconds = 0, sensorId = 's'): Accepted {
    const timestampUs = (this.wallMs + aheadSeconds * 1_000) * 1_000;
    return this.accept({ sensorId, zone: 'z', value, timestampUs }, SENT);
  }

  private accept(one: Reading, stamp: Stamp): Accepted {
    this.position += 1;
    return {
      readings: [one],
      stamps: stamp === SENT ? undefined : String(stamp),
      acceptedMs: this.wallMs,
      position: this.position,
      residue: this.residue,
      steady: this.steady,
    };
  }
}

/** Events without ids and messages. */
export function inShort(
  events: readonly SystemEvent[],
): [type: string, seconds: number, sensorId?: string][] {
  return events.map(({ type, timeUs, sensorId }) => [type, timeUs / 1e6, sensorId]);
}

/** Judges by rules, with an empty state at first. */
export function evaluatorOf(rules: readonly Rule[]): Evaluator {
  return new Evaluator(rules, detectorFactory, new RunningTime({ nowMs: 0, runs: [] }));
}

export async function judge(evaluator: Evaluator, readings: readonly Reading[]): Promise<SystemEvent[]> {
  return evaluator.evaluate(accepted(readings));
}
