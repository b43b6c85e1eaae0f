import { crc32 } from 'node:zlib';

import { DetectorStateError } from './anomaly-detector.js';

/** The first four bytes of a saved seasonal detector: the method, and the version of its state. */
const FORMAT = 0x50584101;

const HEADER_BYTES = 8;
const NUMBER_BYTES = 8;

/** Collects the numbers of a state: format, CRC-32, then doubles, all little-endian, so that nothing is rounded. */
export class StateWriter {
  private readonly numbers: number[] = [];

  put(...numbers: number[]): void {
    this.numbers.push(...numbers);
  }

  bytes(): Uint8Array {
    const bytes = Buffer.alloc(HEADER_BYTES + this.numbers.length * NUMBER_BYTES);
    this.numbers.forEach((number, index) => bytes.writeDoubleLE(number, HEADER_BYTES + index * NUMBER_BYTES));
    bytes.writeUInt32LE(FORMAT, 0);
    bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES)), 4);
    return new Uint8Array(bytes);
  }
}

/** Returns the numbers of a state in the order in which they were put. */
export class StateReader {
  private readonly bytes: Buffer;
  private at = HEADER_BYTES;

  /** @throws DetectorStateError when the bytes are not from a StateWriter of this version */
  constructor(state: Uint8Array) {
    this.bytes = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
    if (this.bytes.length < HEADER_BYTES || this.bytes.readUInt32LE(0) !== FORMAT)
      throw new DetectorStateError('These bytes are not the state of a detector of this version.');
    if (crc32(this.bytes.subarray(HEADER_BYTES)) !== this.bytes.readUInt32LE(4))
      throw new DetectorStateError('The state of the detector is damaged: its checksum differs.');
  }

  next(): number {
    const number = this.bytes.readDoubleLE(this.at);
    this.at += NUMBER_BYTES;
    return number;
  }

  /** The next `count` numbers. */
  take(count: number): number[] {
    return Array.from({ length: count }, () => this.next());
  }
}
