import { chance, ease } from './random.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A machine keeps its load for so long. */
const STRETCH_MS = 7 * 60_000;
/** Of so many stretches a machine that may stop stands still in one. */
const STOPS_ONE_IN = 9;

/** How warm the day is: from -1 before dawn to 1 in the afternoon, by UTC. */
export function warmth(timeMs: number): number {
  return -Math.cos((2 * Math.PI * (timeMs - 3 * HOUR_MS)) / DAY_MS);
}

/**
 * The load of a machine, from 0 to 1: it goes in steps, less at night.
 * @param inertiaMs how long a step takes for what follows the load; less than seven minutes
 */
export function loadOf(machine: { salt: number; stops: boolean }, timeMs: number, inertiaMs: number): number {
  const place = timeMs / STRETCH_MS + chance(machine.salt, -1);
  const stretch = Math.floor(place);
  const part = ease(((place - stretch) * STRETCH_MS) / inertiaMs);
  return (levelIn(machine, stretch - 1) * (1 - part) + levelIn(machine, stretch) * part) * shift(timeMs);
}

function levelIn({ salt, stops }: { salt: number; stops: boolean }, stretch: number): number {
  const level = chance(salt, stretch);
  if (stops && level < 1 / STOPS_ONE_IN) return 0;
  return 0.7 + 0.3 * level;
}

/** What is asked of the factory: everything from 06:30 to 21:30, by UTC, and a fifth less at night. */
function shift(timeMs: number): number {
  const hour = (timeMs / HOUR_MS) % 24;
  const rises = ease((hour - 5.5) / 1) * 0.2;
  const sinks = ease((hour - 21.5) / 1) * 0.2;
  return 0.8 + rises - sinks;
}
