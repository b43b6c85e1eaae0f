/** Derives a seed of its own for each name from a common seed. */
export function deriveSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** A number from 0 to below 1. It depends only on the seed and the place, so values for any time can be computed directly. */
export function randomAt(seed: number, place: number): number {
  const whole = Math.floor(place);
  const high = Math.floor(whole / 2 ** 32);
  return (mix(mix(seed ^ whole) ^ high) >>> 0) / 2 ** 32;
}

/** Independent noise with about a normal distribution: mean 0, standard deviation 1, from -3 to 3. */
export function bell(seed: number, place: number): number {
  const sum = randomAt(seed, place) + randomAt(seed ^ 0x5bd1e995, place) + randomAt(seed ^ 0x1b873593, place);
  return 2 * sum - 3;
}

/** Noise that changes slowly: from -1 to 1, mostly independent of its old value after `overMs`. */
export function wander(seed: number, timeMs: number, overMs: number): number {
  const place = timeMs / overMs;
  const before = Math.floor(place);
  const part = ease(place - before);
  return 2 * (randomAt(seed, before) * (1 - part) + randomAt(seed, before + 1) * part) - 1;
}

/** Rises smoothly from 0 to 1, with a slope of 0 at both ends. */
export function ease(part: number): number {
  const within = Math.min(1, Math.max(0, part));
  return within * within * (3 - 2 * within);
}

/** MurmurHash3's finalizer: each bit of the input changes about half of the bits of the result. */
function mix(number: number): number {
  let hash = number | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
