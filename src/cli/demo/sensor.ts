import { type Kind, KINDS } from './sensor-kinds.js';
import type { Place } from './factory-layout.js';
import { loadOf, warmth } from './load.js';
import { bell, deriveSeed, randomAt, wander } from './random.js';
import { INCIDENTS, type Incident } from './incidents.js';

/** A reading as the gateway takes it, its timestamp in milliseconds since the Unix epoch. */
export interface DemoReading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number;
  readonly timestamp: number;
}

/** One of the demo's sensors. Its values depend only on the seed, its name and the time. */
export class DemoSensor {
  readonly sensorId: string;
  readonly zone: string;
  private readonly seed: number;
  private readonly kind: Kind;
  private readonly machine: { readonly seed: number; readonly stops: boolean };
  private readonly incident: Incident | undefined;
  private readonly decimals: number;

  /** @param startMs when the demo started: the times of incidents count from then */
  constructor(
    { sensorId, zone, machine, kind, stops }: Place,
    seed: number,
    private readonly startMs: number,
  ) {
    this.sensorId = sensorId;
    this.zone = zone;
    this.seed = deriveSeed(seed, sensorId);
    this.kind = KINDS[kind];
    this.machine = { seed: deriveSeed(seed, machine), stops };
    this.incident = INCIDENTS.get(sensorId);
    this.decimals = Math.max(0, -Math.floor(Math.log10(this.kind.step)));
  }

  /** A number from 0 to below 1 that is this sensor's own. */
  get share(): number {
    return randomAt(this.seed, -2);
  }

  /** When a reading that is measured at this time is sent. */
  sendsAtMs(measuredMs: number): number {
    return this.incident?.sendsAtMs?.(measuredMs, this.seed) ?? measuredMs;
  }

  /** @returns undefined when the reading is lost on the way */
  measure(timeMs: number): DemoReading | undefined {
    const { sensorId, zone, incident } = this;
    const occurrence = incident && this.occurrenceAt(incident, timeMs);
    if (occurrence && incident.isSent?.(occurrence.sinceMs, occurrence.seed) === false) return undefined;
    const usual = this.usualValue(timeMs);
    const value = (occurrence && incident.change?.(usual, occurrence.sinceMs, occurrence.seed)) ?? usual;
    return { sensorId, zone, value: this.shown(value), latencyMs: this.latencyMs(timeMs), timestamp: timeMs };
  }

  private usualValue(timeMs: number): number {
    const { level, spread, day = 0, load = 0, inertiaMs = 1, swing = 0, swingMs = 1 } = this.kind;
    const regular =
      level +
      spread * (2 * randomAt(this.seed, -1) - 1) +
      day * warmth(timeMs) +
      load * loadOf(this.machine, timeMs, inertiaMs);
    // The regulator switches off at the maximum and on at the minimum. The value rises fast and falls slowly.
    const turn = (timeMs / swingMs + this.share) % 1;
    const swings = swing * (turn < 0.3 ? (2 * turn) / 0.3 - 1 : 1 - (2 * (turn - 0.3)) / 0.7);
    const slow = 0.7 * wander(this.seed, timeMs, 240_000) + 0.3 * wander(this.seed ^ 1, timeMs, 40_000);
    return regular + swings + this.kind.wander * slow + this.kind.noise * bell(this.seed, timeMs);
  }

  /** The value as the instrument shows it: within its range, in its resolution. */
  private shown(value: number): number {
    const { min, max, step } = this.kind;
    const within = Math.min(max, Math.max(min, value));
    return Number((Math.round(within / step) * step).toFixed(this.decimals));
  }

  private latencyMs(timeMs: number): number {
    const usual =
      this.kind.latencyMs * (0.6 + 0.8 * this.share) * Math.exp(0.3 * bell(this.seed ^ 2, timeMs));
    const jam = randomAt(this.seed ^ 3, timeMs) < 0.01 ? 8 : 1;
    return Number((usual * jam + this.sendsAtMs(timeMs) - timeMs).toFixed(1));
  }

  /** @returns undefined before the first occurrence of an incident that is not in the history */
  private occurrenceAt(
    { firstMs, everyMs, inHistory }: Incident,
    timeMs: number,
  ): { readonly sinceMs: number; readonly seed: number } | undefined {
    const sinceFirstMs = timeMs - this.startMs - firstMs;
    if (!inHistory && sinceFirstMs < 0) return undefined;
    const nth = Math.floor(sinceFirstMs / everyMs);
    return { sinceMs: sinceFirstMs - nth * everyMs, seed: deriveSeed(this.seed, String(nth)) };
  }
}
