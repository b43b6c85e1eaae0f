// Made-up sensors: what the tests and the table in docs/anomaly.md measure the detector on.

const DAY_SECONDS = 86_400;
/** 2023-11-14T22:13:20Z. */
const START_US = 1.7e15;

/** Random numbers that are the same on every run: mulberry32, and distributions made from it. */
export function random(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  /** Student's t with 3 degrees of freedom: heavy tails. */
  const heavy = () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);
  return { uniform, normal, heavy };
}

/** Switches between 0 and 1 with the given chances a reading. */
function switching({ uniform }, on, off = on) {
  let state = 0;
  return () => (state = uniform() < (state === 0 ? on : off) ? 1 - state : state);
}

const dayOf = (seconds) => 10 * Math.sin((2 * Math.PI * seconds) / DAY_SECONDS);
const atWork = (seconds) => Math.abs(((seconds / 3600) % 24) - 12.5) < 5.5;
const weekday = (seconds) => Math.floor(seconds / DAY_SECONDS) % 7 < 5;

/** Sensors without anomalies: each makes, from random numbers, the value at a time in seconds. */
export const CLEAN = {
  'normal noise':
    ({ normal }) =>
    () =>
      20 + normal(),
  'heavy-tailed noise (t3)':
    ({ heavy }) =>
    () =>
      20 + heavy(),
  'lognormal noise':
    ({ normal }) =>
    () =>
      Math.exp(normal()),
  'daily sine and noise':
    ({ normal }) =>
    (seconds) =>
      20 + dayOf(seconds) + normal(),
  'daily sine, little noise':
    ({ normal }) =>
    (seconds) =>
      20 + dayOf(seconds) + 0.2 * normal(),
  'on by day, off by night':
    ({ normal }) =>
    (seconds) =>
      (atWork(seconds) ? 30 : 20) + 0.5 * normal(),
  'the same, but not at weekends':
    ({ normal }) =>
    (seconds) =>
      (atWork(seconds) && weekday(seconds) ? 30 : 20) + 0.5 * normal(),
  'slow drift and noise':
    ({ normal }) =>
    (seconds) =>
      seconds / DAY_SECONDS + normal(),
  'random walk': ({ normal }) => {
    let value = 0;
    return () => (value += normal());
  },
  'AR(1), 0.99': ({ normal }) => {
    let value = 0;
    return () => (value = 0.99 * value + normal());
  },
  constant: () => () => 5,
  'quantised, flickering':
    ({ normal }) =>
    () =>
      Math.round(20 + 0.3 * normal()),
  'quantised, daily':
    ({ normal }) =>
    (seconds) =>
      Math.round(20 + dayOf(seconds) / 15 + 0.05 * normal()),
  'switch, one flip in 200': (numbers) => switching(numbers, 0.005),
  'switch, seldom and shortly on': (numbers) => switching(numbers, 0.002, 0.05),
  'machine, on or off, and noise': (numbers) => {
    const on = switching(numbers, 0.01);
    return () => (on() ? 80 : 20) + numbers.normal();
  },
};

/**
 * Readings of a sensor, one each `everySeconds`.
 * @param generate gives the value at a time in seconds, and the reading's index
 */
export function series(generate, count, everySeconds) {
  return Array.from({ length: count }, (_, index) => ({
    value: generate(index * everySeconds, index),
    timestampUs: START_US + index * everySeconds * 1e6,
  }));
}
