import { bell, ease, randomAt } from './random.js';

/** A problem that one sensor has again and again. */
export interface Incident {
  /** When it begins first, counted from the start of the demo, and the interval at which it repeats. */
  readonly firstMs: number;
  readonly everyMs: number;
  /** Whether it also occurs in the history. If not, detectors learn from a normal history. */
  readonly inHistory: boolean;
  /** Returns the changed value. @param sinceMs the time since the incident began */
  readonly change?: (value: number, sinceMs: number, seed: number) => number;
  /** Whether a reading that is measured at this time is sent at all. */
  readonly isSent?: (sinceMs: number, seed: number) => boolean;
  /** When a reading that is measured at this time is sent. A later reading is never sent earlier. */
  readonly sendsAtMs?: (measuredMs: number, seed: number) => number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** The sensors with an incident; a small demo starts with these. */
export const INCIDENTS: ReadonlyMap<string, Incident> = new Map<string, Incident>([
  // A bearing becomes hot within a minute, and then is greased.
  ['pump_03_bearing_c', { firstMs: 15 * SECOND_MS, everyMs: 5 * MINUTE_MS, inHistory: true, change: heat }],
  // A radio link fails for almost two minutes.
  [
    'compressor_2_pressure_bar',
    { firstMs: 25 * SECOND_MS, everyMs: 6 * MINUTE_MS, inHistory: true, isSent: afterOutage },
  ],
  // Metal chips cause vibration spikes.
  [
    'mill_2_vibration_mm_s',
    { firstMs: 60 * SECOND_MS, everyMs: 18 * MINUTE_MS, inHistory: false, change: spikes },
  ],
  // Ice forms in a cold room, and then it is defrosted.
  ['cold_room_2_air_c', { firstMs: -3 * MINUTE_MS, everyMs: 11 * MINUTE_MS, inHistory: true, change: ice }],
  // A pump fails, stops and is restarted.
  ['pump_05_flow_m3_h', { firstMs: 80 * SECOND_MS, everyMs: 7 * MINUTE_MS, inHistory: true, change: fail }],
  // Dirt makes a boiler's exhaust gas hotter and hotter, until somebody cleans the boiler.
  ['boiler_2_flue_c', { firstMs: 20 * SECOND_MS, everyMs: 25 * MINUTE_MS, inHistory: false, change: foul }],
  // A device with a bad connection sends late and in bundles, and loses some readings.
  [
    'conveyor_2_speed_m_min',
    { firstMs: 0, everyMs: 8 * SECOND_MS, inHistory: true, isSent: fiveOfSix, sendsAtMs: bundled },
  ],
]);

function heat(value: number, sinceMs: number): number {
  const lastsMs = 100 * SECOND_MS;
  const reached = 1 - Math.exp(-Math.min(sinceMs, lastsMs) / (25 * SECOND_MS));
  const left = Math.exp(-Math.max(0, sinceMs - lastsMs) / (35 * SECOND_MS));
  return value + 37 * reached * left;
}

function afterOutage(sinceMs: number): boolean {
  return sinceMs > 110 * SECOND_MS;
}

function spikes(value: number, sinceMs: number, seed: number): number {
  const step = Math.floor(sinceMs / (3 * SECOND_MS));
  const isSpike = step === 0 || (step < 8 && randomAt(seed, step) < 0.4);
  return isSpike ? value + 9 + 5 * randomAt(seed, step + 100) : value;
}

function ice(value: number, sinceMs: number): number {
  const icedMs = 9 * MINUTE_MS;
  const risen = Math.min(1, sinceMs / icedMs);
  return value + 7 * risen * (1 - ease((sinceMs - icedMs) / MINUTE_MS));
}

function fail(value: number, sinceMs: number, seed: number): number {
  const loses = 0.7 * ease(sinceMs / (40 * SECOND_MS));
  const surges = sinceMs < 50 * SECOND_MS ? 1 + 0.12 * loses * bell(seed, sinceMs) : 0;
  const recovered = ease((sinceMs - 95 * SECOND_MS) / (15 * SECOND_MS));
  return value * Math.max((1 - loses) * surges, recovered);
}

function foul(value: number, sinceMs: number): number {
  const foulMs = 5 * MINUTE_MS;
  return value + 110 * Math.min(1, sinceMs / foulMs) * (1 - ease((sinceMs - foulMs) / MINUTE_MS));
}

/** The readings of one in six periods of eight seconds are lost. */
function fiveOfSix(_sinceMs: number, seed: number): boolean {
  return randomAt(seed, 0) > 1 / 6;
}

function bundled(measuredMs: number, seed: number): number {
  const everyMs = 10 * SECOND_MS;
  const bundle = Math.floor(measuredMs / everyMs);
  const dueMs = (nth: number): number => Math.round((nth + 0.8 * randomAt(seed, nth)) * everyMs);
  return measuredMs <= dueMs(bundle) ? dueMs(bundle) : dueMs(bundle + 1);
}
