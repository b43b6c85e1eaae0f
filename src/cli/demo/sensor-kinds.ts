/** How one kind of sensor behaves. The end of its name is the unit of its values. */
export interface Kind {
  /** The range that the instrument can show. */
  readonly min: number;
  readonly max: number;
  /** The mean value, and how much it differs between sensors of the kind. */
  readonly level: number;
  readonly spread: number;
  /** Amplitude over the day. */
  readonly day?: number;
  /** How much full load adds, and how long the value takes to follow the load. */
  readonly load?: number;
  readonly inertiaMs?: number;
  /** Amplitude and period of the oscillation that a switching regulator causes. */
  readonly swing?: number;
  readonly swingMs?: number;
  /** Amplitude of slow changes, and of the noise from one reading to the next. */
  readonly wander: number;
  readonly noise: number;
  /** Resolution. */
  readonly step: number;
  /** The usual time between measuring and sending. */
  readonly latencyMs: number;
}

const MINUTE_MS = 60_000;

/** What the demo's sensors measure. */
export const KINDS = {
  bearing_c: kind(0, 150, 50, 3, 0.1, { day: 1, load: 7, inertiaMs: 3 * MINUTE_MS, wander: 1, noise: 0.12 }),
  flow_m3_h: kind(0, 80, 16, 1.5, 0.1, { day: 1, load: 28, inertiaMs: 12_000, wander: 0.9, noise: 0.3 }),
  pressure_bar: kind(0, 16, 6.6, 0.3, 0.01, { swing: 0.35, swingMs: 90_000, wander: 0.08, noise: 0.015 }),
  water_c: kind(0, 200, 141, 3, 0.1, { load: 14, inertiaMs: 4 * MINUTE_MS, wander: 0.8, noise: 0.1 }),
  flue_c: kind(0, 400, 148, 6, 0.5, { load: 46, inertiaMs: 2 * MINUTE_MS, wander: 3, noise: 0.8 }),
  air_c: kind(-40, 30, -21, 0.3, 0.1, {
    day: 0.3,
    swing: 0.5,
    swingMs: 4 * MINUTE_MS,
    wander: 0.2,
    noise: 0.05,
  }),
  humidity_pct: kind(0, 100, 71, 4, 0.5, { swing: 2.5, swingMs: 4 * MINUTE_MS, wander: 3, noise: 0.4 }),
  vibration_mm_s: kind(0, 25, 2.1, 0.2, 0.01, { load: 0.5, inertiaMs: 20_000, wander: 0.15, noise: 0.13 }),
  oil_c: kind(0, 120, 41, 2, 0.1, { day: 1.5, load: 11, inertiaMs: 5 * MINUTE_MS, wander: 1, noise: 0.08 }),
  speed_m_min: kind(0, 60, 4, 0.5, 0.1, { load: 32, inertiaMs: 8_000, wander: 0.3, noise: 0.12 }),
  spindle_rpm: kind(0, 9_000, 900, 60, 5, { load: 5_200, inertiaMs: 6_000, wander: 40, noise: 14 }),
  power_kw: kind(0, 160, 14, 2, 0.1, { load: 74, inertiaMs: 10_000, wander: 2, noise: 0.9 }),
} as const satisfies Record<string, Kind>;

/** A kind by the end of the names of its sensors. */
export type KindName = keyof typeof KINDS;

type Behavior = Omit<Kind, 'min' | 'max' | 'level' | 'spread' | 'step' | 'latencyMs'>;

function kind(
  min: number,
  max: number,
  level: number,
  spread: number,
  step: number,
  behavior: Behavior,
): Kind {
  return { min, max, level, spread, step, latencyMs: 14, ...behavior };
}
