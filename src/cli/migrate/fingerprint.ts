import { createHash } from 'node:crypto';

import type { Reading } from '../../model/reading.js';

/**
 * A checksum of readings that does not depend on their order: the sum of a 64-bit hash of each, over zone, timestamp, the bits
 * of the value, and those of the latency or its absence. -0 counts as 0: neither store keeps its sign.
 */
export class Fingerprint {
  count = 0;
  private sum = 0n;
  private readonly numbers = Buffer.alloc(25);

  add({ zone, value, latencyMs, timestampUs }: Reading): void {
    const { numbers } = this;
    numbers.writeBigInt64LE(BigInt(timestampUs), 0);
    numbers.writeDoubleLE(value + 0, 8);
    numbers.writeDoubleLE((latencyMs ?? 0) + 0, 16);
    numbers.writeUInt8(latencyMs === undefined ? 0 : 1, 24);
    const hash = createHash('sha256').update(numbers).update(zone).digest();
    this.sum = BigInt.asUintN(64, this.sum + hash.readBigUInt64LE());
    this.count += 1;
  }

  /** Adds all readings of another one. */
  addAll({ count, sum }: Fingerprint): void {
    this.count += count;
    this.sum = BigInt.asUintN(64, this.sum + sum);
  }

  /** 16 hexadecimal digits. */
  get checksum(): string {
    return this.sum.toString(16).padStart(16, '0');
  }
}

/** @returns whether two readings at one position are the same, as fingerprints see them */
export function isSameReading(a: Reading, b: Reading): boolean {
  return a.value === b.value && a.latencyMs === b.latencyMs;
}
