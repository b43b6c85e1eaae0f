import type { Reading } from '../../model/reading.js';

const TWO_32 = 0x1_0000_0000;

/**
 * A checksum of readings that does not depend on their order: the sum of a 64-bit hash of each, over zone, timestamp, the bits
 * of the value, and those of the latency or its absence. -0 counts as 0: neither store keeps its sign.
 */
export class Fingerprint {
  count = 0;
  /** How many of the readings have a latency. */
  latencies = 0;
  private low = 0;
  private high = 0;

  add(reading: Reading): void {
    const words = wordsOf(reading);
    this.addSum(hash(words, reading.zone, 0x9747b28c), hash(words, reading.zone, 0x3c6ef372));
    this.count += 1;
    if (reading.latencyMs !== undefined) this.latencies += 1;
  }

  /** Adds all readings of another one. */
  addAll({ count, latencies, low, high }: Fingerprint): void {
    this.addSum(low, high);
    this.count += count;
    this.latencies += latencies;
  }

  /** 16 hexadecimal digits. */
  get checksum(): string {
    return [this.high, this.low].map((word) => word.toString(16).padStart(8, '0')).join('');
  }

  private addSum(low: number, high: number): void {
    const sum = this.low + low;
    this.low = sum >>> 0;
    this.high = (this.high + high + (sum >= TWO_32 ? 1 : 0)) >>> 0;
  }
}

/** @returns whether two readings at one position are the same, as fingerprints see them */
export function isSameReading(a: Reading, b: Reading): boolean {
  return a.value === b.value && a.latencyMs === b.latencyMs;
}

/** Node's crypto would make an object outside of its heap for each reading, which it frees late. */
const numbers = new Float64Array(3);
const bits = new Uint32Array(numbers.buffer);

/** No latency is NaN. */
function wordsOf({ timestampUs, value, latencyMs }: Reading): Uint32Array {
  numbers[0] = timestampUs;
  numbers[1] = value + 0;
  numbers[2] = latencyMs === undefined ? NaN : latencyMs + 0;
  return bits;
}

/** MurmurHash3 of 32 bits (Austin Appleby, public domain), each UTF-16 code unit of the zone as a block. */
function hash(words: Uint32Array, zone: string, seed: number): number {
  let state = seed;
  for (const word of words) state = mix(state, word);
  for (let index = 0; index < zone.length; index += 1) state = mix(state, zone.charCodeAt(index));
  state ^= zone.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

function mix(state: number, word: number): number {
  const block = Math.imul(word, 0xcc9e2d51);
  const mixed = state ^ Math.imul((block << 15) | (block >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
