import { type Kind, KINDS } from './sensor-kinds.js';
import type { Place } from './factory-layout.js';
import { loadOf, warmth } from './load.js';
import { bell, chance, saltOf, wander } from './random.js';
import { STORIES, type Story } from './stories.js';

/** A reading as the gateway takes it, its timestamp in milliseconds since the Unix epoch. */
export interface DemoReading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number;
  readonly timestamp: number;
}

/** One of the demo's sensors. What it measures follows from the seed, its name and the time alone. */
export class DemoSensor {
  readonly sensorId: string;
  readonly zone: string;
  private readonly salt: number;
  private readonly kind: Kind;
  private readonly machine: { readonly salt: number; readonly stops: boolean };
  private readonly story: Story | undefined;
  private readonly decimals: number;

  /** @param startMs when the demo started: stories are told from then on */
  constructor(
    { sensorId, zone, machine, kind, stops }: Place,
    seed: number,
    private readonly startMs: number,
  ) {
    this.sensorId = sensorId;
    this.zone = zone;
    this.salt = saltOf(seed, sensorId);
    this.kind = KINDS[kind];
    this.machine = { salt: saltOf(seed, machine), stops };
    this.story = STORIES.get(sensorId);
    this.decimals = Math.max(0, -Math.floor(Math.log10(this.kind.step)));
  }

  /** A number from 0 to below 1 that is this sensor's own. */
  get share(): number {
    return chance(this.salt, -2);
  }

  /** When a reading that is measured then is sent. */
  sendsAtMs(measuredMs: number): number {
    return this.story?.sendsAtMs?.(measuredMs, this.salt) ?? measuredMs;
  }

  /** @returns undefined when the reading gets lost on the way */
  measure(timeMs: number): DemoReading | undefined {
    const { sensorId, zone, story } = this;
    const told = story && this.place(story, timeMs);
    if (told && story.speaks?.(told.sinceMs, told.salt) === false) return undefined;
    const usual = this.usualValue(timeMs);
    const value = (told && story.change?.(usual, told.sinceMs, told.salt)) ?? usual;
    return { sensorId, zone, value: this.shown(value), latencyMs: this.latencyMs(timeMs), timestamp: timeMs };
  }

  private usualValue(timeMs: number): number {
    const { level, spread, day = 0, load = 0, inertiaMs = 1, swing = 0, swingMs = 1 } = this.kind;
    const regular =
      level +
      spread * (2 * chance(this.salt, -1) - 1) +
      day * warmth(timeMs) +
      load * loadOf(this.machine, timeMs, inertiaMs);
    // The regulator switches off at the top and on at the bottom: up fast, down slowly.
    const turn = (timeMs / swingMs + this.share) % 1;
    const swings = swing * (turn < 0.3 ? (2 * turn) / 0.3 - 1 : 1 - (2 * (turn - 0.3)) / 0.7);
    const slow = 0.7 * wander(this.salt, timeMs, 240_000) + 0.3 * wander(this.salt ^ 1, timeMs, 40_000);
    return regular + swings + this.kind.wander * slow + this.kind.noise * bell(this.salt, timeMs);
  }

  /** As the instrument shows it. */
  private shown(value: number): number {
    const { min, max, step } = this.kind;
    const within = Math.min(max, Math.max(min, value));
    return Number((Math.round(within / step) * step).toFixed(this.decimals));
  }

  private latencyMs(timeMs: number): number {
    const usual =
      this.kind.latencyMs * (0.6 + 0.8 * this.share) * Math.exp(0.3 * bell(this.salt ^ 2, timeMs));
    const jam = chance(this.salt ^ 3, timeMs) < 0.01 ? 8 : 1;
    return Number((usual * jam + this.sendsAtMs(timeMs) - timeMs).toFixed(1));
  }

  /** @returns undefined before a story that is new */
  private place(
    { firstMs, everyMs, past }: Story,
    timeMs: number,
  ): { readonly sinceMs: number; readonly salt: number } | undefined {
    const sinceFirstMs = timeMs - this.startMs - firstMs;
    if (!past && sinceFirstMs < 0) return undefined;
    const nth = Math.floor(sinceFirstMs / everyMs);
    return { sinceMs: sinceFirstMs - nth * everyMs, salt: saltOf(this.salt, String(nth)) };
  }
}
