import { bell, chance, ease } from './random.js';

/** What happens to one sensor again and again. */
export interface Story {
  /** When it happens first, counted from the start of the demo, and how often then. */
  readonly firstMs: number;
  readonly everyMs: number;
  /** It happens in the history, too, before the first time; else that is what detectors learn as usual. */
  readonly past: boolean;
  /** What becomes of a value, so long after it began. */
  readonly change?: (value: number, sinceMs: number, salt: number) => number;
  /** Whether a reading that was measured then is ever sent. */
  readonly speaks?: (sinceMs: number, salt: number) => boolean;
  /** When a reading that was measured then is sent; never earlier for a later one. */
  readonly sendsAtMs?: (measuredMs: number, salt: number) => number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** The sensors with a story; of few sensors these are the first. */
export const STORIES: ReadonlyMap<string, Story> = new Map<string, Story>([
  // A bearing runs hot within a minute, and is greased.
  ['pump_03_bearing_c', { firstMs: 15 * SECOND_MS, everyMs: 5 * MINUTE_MS, past: true, change: heat }],
  // A radio link is lost for a while.
  [
    'compressor_2_pressure_bar',
    { firstMs: 25 * SECOND_MS, everyMs: 6 * MINUTE_MS, past: true, speaks: lost },
  ],
  // Chips between tool and work.
  [
    'mill_2_vibration_mm_s',
    { firstMs: 60 * SECOND_MS, everyMs: 18 * MINUTE_MS, past: false, change: spikes },
  ],
  // A cold room ices up and is defrosted.
  ['cold_room_2_air_c', { firstMs: -3 * MINUTE_MS, everyMs: 11 * MINUTE_MS, past: true, change: ice }],
  // A pump fails, stands, and is started again.
  ['pump_05_flow_m3_h', { firstMs: 80 * SECOND_MS, everyMs: 7 * MINUTE_MS, past: true, change: fail }],
  // A burner's draught slowly gets worse, until somebody cleans it.
  ['boiler_2_flue_c', { firstMs: 20 * SECOND_MS, everyMs: 25 * MINUTE_MS, past: false, change: foul }],
  // A device with a bad line sends late and in bundles, and loses some.
  [
    'conveyor_2_speed_m_min',
    { firstMs: 0, everyMs: 8 * SECOND_MS, past: true, speaks: flaky, sendsAtMs: bundled },
  ],
]);

function heat(value: number, sinceMs: number): number {
  const lastsMs = 100 * SECOND_MS;
  const reached = 1 - Math.exp(-Math.min(sinceMs, lastsMs) / (25 * SECOND_MS));
  const left = Math.exp(-Math.max(0, sinceMs - lastsMs) / (35 * SECOND_MS));
  return value + 37 * reached * left;
}

function lost(sinceMs: number): boolean {
  return sinceMs > 110 * SECOND_MS;
}

function spikes(value: number, sinceMs: number, salt: number): number {
  const second = Math.floor(sinceMs / (3 * SECOND_MS));
  const isSpike = second === 0 || (second < 8 && chance(salt, second) < 0.4);
  return isSpike ? value + 9 + 5 * chance(salt, second + 100) : value;
}

function ice(value: number, sinceMs: number): number {
  const icedMs = 9 * MINUTE_MS;
  const risen = Math.min(1, sinceMs / icedMs);
  return value + 7 * risen * (1 - ease((sinceMs - icedMs) / MINUTE_MS));
}

function fail(value: number, sinceMs: number, salt: number): number {
  const loses = 0.7 * ease(sinceMs / (40 * SECOND_MS));
  const surges = sinceMs < 50 * SECOND_MS ? 1 + 0.12 * loses * bell(salt, sinceMs) : 0;
  const isUp = ease((sinceMs - 95 * SECOND_MS) / (15 * SECOND_MS));
  return value * Math.max((1 - loses) * surges, isUp);
}

function foul(value: number, sinceMs: number): number {
  const foulMs = 5 * MINUTE_MS;
  return value + 110 * Math.min(1, sinceMs / foulMs) * (1 - ease((sinceMs - foulMs) / MINUTE_MS));
}

/** One stretch of eight seconds in six gets lost. */
function flaky(_sinceMs: number, salt: number): boolean {
  return chance(salt, 0) > 1 / 6;
}

function bundled(measuredMs: number, salt: number): number {
  const everyMs = 10 * SECOND_MS;
  const bundle = Math.floor(measuredMs / everyMs);
  const dueMs = (nth: number): number => Math.round((nth + 0.8 * chance(salt, nth)) * everyMs);
  return measuredMs <= dueMs(bundle) ? dueMs(bundle) : dueMs(bundle + 1);
}
