import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Reading } from '../../model/reading.js';

type Key = Pick<Reading, 'sensorId' | 'zone' | 'timestampUs'>;

/** Each partition is sorted on its own: of 10 million readings, a partition takes 320 KB. */
const PARTITIONS = 256;
/** Hashes of one partition that are written at once. */
const CHUNK = 4_096;
const CHUNK_BYTES = CHUNK * BigUint64Array.BYTES_PER_ELEMENT;
/** The most sensors whose hash is cached. */
const MAX_SEEDS = 20_000;
const TWO_32 = 2 ** 32;

interface Partition {
  readonly hashes: Uint32Array<ArrayBuffer>;
  length: number;
  /** Where its full chunks lie in the file. */
  readonly chunks: number[];
}

/**
 * Counts readings that have the sensor, zone and timestamp of an earlier one, in any order, in constant memory: 64-bit hashes wait
 * in partitions, and full chunks of them go to a temporary file of 8 bytes per reading. Up to a million readings usually need no
 * file. Among 10 million readings, the probability of one wrong match is 1 in 400,000.
 */
export class RepeatCounter {
  /** Why the readings cannot be counted; undefined while they can. */
  problem: string | undefined;
  private total = 0;
  private readonly partitions: (Partition | undefined)[] = new Array<undefined>(PARTITIONS).fill(undefined);
  private readonly seeds = new Map<string, readonly [number, number]>();
  private file: number | undefined;
  private chunkCount = 0;

  add({ sensorId, zone, timestampUs }: Key): void {
    if (this.problem !== undefined) return;
    const [first, second] = this.seedOf(sensorId, zone);
    const high = Math.floor(timestampUs / TWO_32);
    const low = timestampUs - high * TWO_32;
    // Two chains, in which the halves of the time meet in another order: a match of one is no match of the other.
    const a = mix(mix(first ^ high) ^ low);
    const b = mix(mix(second ^ low) + Math.imul(high, 0x9e3779b1));
    this.total += 1;
    this.keep(a, b);
  }

  /** @returns how many readings repeat an earlier one; undefined when there is a problem */
  count(): number | undefined {
    if (this.problem !== undefined) return undefined;
    try {
      const different = this.partitions.reduce((sum, one) => sum + (one ? this.differentIn(one) : 0), 0);
      return this.total - different;
    } catch (error) {
      this.problem = (error as Error).message;
      return undefined;
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private seedOf(sensorId: string, zone: string): readonly [number, number] {
    // Neither name may contain a line feed.
    const name = `${sensorId}\n${zone}`;
    const known = this.seeds.get(name);
    if (known) return known;
    const digest = createHash('sha256').update(name).digest();
    const seed = [digest.readInt32LE(0), digest.readInt32LE(4)] as const;
    if (this.seeds.size >= MAX_SEEDS) this.seeds.clear();
    this.seeds.set(name, seed);
    return seed;
  }

  private keep(a: number, b: number): void {
    const index = a >>> 24;
    const partition = (this.partitions[index] ??= {
      hashes: new Uint32Array(2 * CHUNK),
      length: 0,
      chunks: [],
    });
    partition.hashes[2 * partition.length] = a;
    partition.hashes[2 * partition.length + 1] = b;
    partition.length += 1;
    if (partition.length < CHUNK) return;
    try {
      this.write(partition);
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private write(partition: Partition): void {
    this.file ??= openUnnamed();
    writeSync(this.file, partition.hashes, 0, CHUNK_BYTES, this.chunkCount * CHUNK_BYTES);
    partition.chunks.push(this.chunkCount);
    partition.length = 0;
    this.chunkCount += 1;
  }

  private differentIn({ hashes, length, chunks }: Partition): number {
    const all = new Uint32Array(2 * (chunks.length * CHUNK + length));
    chunks.forEach((chunk, index) => {
      const at = new Uint8Array(all.buffer, index * CHUNK_BYTES, CHUNK_BYTES);
      readSync(this.file ?? -1, at, 0, CHUNK_BYTES, chunk * CHUNK_BYTES);
    });
    all.set(hashes.subarray(0, 2 * length), 2 * chunks.length * CHUNK);
    new BigUint64Array(all.buffer).sort();
    // To compare numbers takes less time than to compare BigInts, which have to be made first.
    let different = 0;
    for (let at = 0; at < all.length; at += 2)
      if (at === 0 || all[at] !== all[at - 2] || all[at + 1] !== all[at - 1]) different += 1;
    return different;
  }
}

/** The last step of MurmurHash3 (https://github.com/aappleby/smhasher): each bit changes half of the others. */
function mix(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** A temporary file that vanishes with the process, however it ends. */
function openUnnamed(): number {
  const path = join(tmpdir(), `predictionx-import-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}
