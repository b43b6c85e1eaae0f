/** A number to begin hashing with, from a seed and a name. */
export function saltOf(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** A number from 0 to below 1 that follows from salt and place alone, so that any moment can be asked for. */
export function chance(salt: number, place: number): number {
  const whole = Math.floor(place);
  const high = Math.floor(whole / 2 ** 32);
  return (mix(mix(salt ^ whole) ^ high) >>> 0) / 2 ** 32;
}

/** Noise without memory: mean 0, deviation 1, shaped like a bell, never beyond 3. */
export function bell(salt: number, place: number): number {
  const sum = chance(salt, place) + chance(salt ^ 0x5bd1e995, place) + chance(salt ^ 0x1b873593, place);
  return 2 * sum - 3;
}

/** Noise with inertia: from -1 to 1, about as much as new after `overMs`. */
export function wander(salt: number, timeMs: number, overMs: number): number {
  const place = timeMs / overMs;
  const before = Math.floor(place);
  const part = ease(place - before);
  return 2 * (chance(salt, before) * (1 - part) + chance(salt, before + 1) * part) - 1;
}

/** From 0 to 1, gently at both ends. */
export function ease(part: number): number {
  const within = Math.min(1, Math.max(0, part));
  return within * within * (3 - 2 * within);
}

/** MurmurHash3's finalizer: each bit of the input moves each bit of the result. */
function mix(number: number): number {
  let hash = number | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
