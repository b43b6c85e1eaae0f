import { formatValue } from '../common/errors/format-value.js';

/** One sensor's dead letters may take a tenth of the bound: a few faulty sensors do not affect the others. */
const SENSOR_PARTS = 10;

/** A bound was reached, or there is room again. */
export interface DeadLetterBoundChange {
  /** Undefined when it is about all dead letters together. */
  readonly sensorId: string | undefined;
  readonly isReached: boolean;
  readonly bytes: number;
  readonly maxBytes: number;
}

/** The disk space of dead letters, and the sensors whose readings are refused because of it; read-only. */
export abstract class DeadLetterBound {
  /** Bytes that all dead letters may take together before sensors that have any are refused. */
  abstract readonly maxBytes: number;

  /** Bytes that all dead letters take. */
  abstract readonly bytes: number;

  /** How many sensors have dead letters. While it is 0, whyNot() need not be asked. */
  abstract readonly size: number;

  /** Calls the listener each time a bound is reached, or there is room again; at once for those that are reached now. */
  abstract onChange(listener: (change: DeadLetterBoundChange) => void): void;

  /** @returns a function that says why readings of a sensor are refused; undefined when they are accepted */
  abstract whyNot(sensorId: string): (() => string) | undefined;
}

/** Counts the bytes that the dead letters of each sensor take on disk. It knows only sensors that have any. */
export class DeadLetterUsage extends DeadLetterBound {
  private readonly bytesOf = new Map<string, number>();
  private readonly listeners: ((change: DeadLetterBoundChange) => void)[] = [];
  private readonly maxSensorBytes: number;
  private total = 0;

  constructor(override readonly maxBytes: number) {
    super();
    this.maxSensorBytes = Math.floor(maxBytes / SENSOR_PARTS);
  }

  override get bytes(): number {
    return this.total;
  }

  override get size(): number {
    return this.bytesOf.size;
  }

  override onChange(listener: (change: DeadLetterBoundChange) => void): void {
    this.listeners.push(listener);
    for (const change of this.reached()) listener(change);
  }

  /** A sensor's dead letters take more bytes, or fewer. */
  add(sensorId: string, bytes: number): void {
    const before = this.bytesOf.get(sensorId) ?? 0;
    const after = Math.max(0, before + bytes);
    if (after > 0) this.bytesOf.set(sensorId, after);
    else this.bytesOf.delete(sensorId);
    const totalBefore = this.total;
    this.total += after - before;
    this.reportIfChanged(sensorId, before > this.maxSensorBytes, after > this.maxSensorBytes, after);
    this.reportIfChanged(undefined, totalBefore >= this.maxBytes, this.isFull, this.total);
  }

  override whyNot(sensorId: string): (() => string) | undefined {
    const bytes = this.bytesOf.get(sensorId);
    if (bytes === undefined) return undefined;
    const isOver = bytes > this.maxSensorBytes;
    if (!isOver && !this.isFull) return undefined;
    const limit = isOver
      ? `more than the ${this.maxSensorBytes} that one sensor may have (a tenth of DEAD_LETTERS_MAX_BYTES)`
      : `and all dead letters together ${this.total}, as many as they may (DEAD_LETTERS_MAX_BYTES, ${this.maxBytes})`;
    return () =>
      `sensorId ${formatValue(sensorId)} has dead letters of ${bytes} bytes, ${limit}: look at GET /api/dead-letters why the store refuses its readings, fix the cause, then replay or delete them`;
  }

  private get isFull(): boolean {
    return this.total >= this.maxBytes;
  }

  private *reached(): Generator<DeadLetterBoundChange> {
    for (const [sensorId, bytes] of this.bytesOf)
      if (bytes > this.maxSensorBytes)
        yield { sensorId, isReached: true, bytes, maxBytes: this.maxSensorBytes };
    if (this.isFull)
      yield { sensorId: undefined, isReached: true, bytes: this.total, maxBytes: this.maxBytes };
  }

  private reportIfChanged(
    sensorId: string | undefined,
    before: boolean,
    isReached: boolean,
    bytes: number,
  ): void {
    if (before === isReached) return;
    const maxBytes = sensorId === undefined ? this.maxBytes : this.maxSensorBytes;
    for (const listener of this.listeners) listener({ sensorId, isReached, bytes, maxBytes });
  }
}
