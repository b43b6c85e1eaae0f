import { ease, randomAt } from './random.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Duration of one load level. */
const LEVEL_MS = 7 * 60_000;
/** One in this many periods is a standstill, for a machine that may stop. */
const STANDSTILL_ONE_IN = 9;

/** The temperature over the day: from -1 before sunrise to 1 in the afternoon, in UTC. */
export function warmth(timeMs: number): number {
  return -Math.cos((2 * Math.PI * (timeMs - 3 * HOUR_MS)) / DAY_MS);
}

/**
 * The load of a machine, from 0 to 1. It changes in steps, and is lower at night.
 * @param inertiaMs how long a measured value takes to follow a step of the load; less than seven minutes
 */
export function loadOf(machine: { seed: number; stops: boolean }, timeMs: number, inertiaMs: number): number {
  const place = timeMs / LEVEL_MS + randomAt(machine.seed, -1);
  const period = Math.floor(place);
  const part = ease(((place - period) * LEVEL_MS) / inertiaMs);
  return (levelIn(machine, period - 1) * (1 - part) + levelIn(machine, period) * part) * shift(timeMs);
}

function levelIn({ seed, stops }: { seed: number; stops: boolean }, period: number): number {
  const level = randomAt(seed, period);
  if (stops && level < 1 / STANDSTILL_ONE_IN) return 0;
  return 0.7 + 0.3 * level;
}

/** The share of its load that the factory needs: 1 from 06:30 to 21:30 UTC, and a fifth less at night. */
function shift(timeMs: number): number {
  const hour = (timeMs / HOUR_MS) % 24;
  const rises = ease((hour - 5.5) / 1) * 0.2;
  const sinks = ease((hour - 21.5) / 1) * 0.2;
  return 0.8 + rises - sinks;
}
