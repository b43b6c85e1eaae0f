import { FairShare, type Shortage } from '../common/scheduling/fair-share.js';
import type { KnownSensors } from '../registry/known-sensors.js';

/** So often it is forgotten who made sensors known: a plant that replaces a few every week stays far from its share. */
const COUNT_MS = 24 * 3_600_000;

interface PendingSensor {
  /** By whom it is counted. */
  readonly holder: string;
  requests: number;
}

/** Bounds how many sensors there are: those that are known, and those whose first reading is being accepted. */
export class SensorLimit {
  /** New sensors, and in how many requests they are just coming. */
  private readonly pending = new Map<string, PendingSensor>();
  /** New sensors since the start or within a day, by who sent them. Nobody is known to hold older ones. */
  private readonly share: FairShare;
  private countedFromMs: number;

  constructor(
    private readonly registry: KnownSensors,
    readonly max: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.share = new FairShare(now);
    this.countedFromMs = now();
  }

  /** Notes that somebody sends readings: others have a share of new sensors from now on. */
  see(holder: string): void {
    this.share.see(holder);
  }

  /** New sensors that a holder has sent lately. */
  heldBy(holder: string): number {
    return this.share.heldBy(holder);
  }

  /** @returns why there is no room for this sensor; undefined when there is */
  whyNot(sensorId: string, holder: string): Shortage | undefined {
    if (this.registry.get(sensorId) !== undefined || this.pending.has(sensorId)) return undefined;
    if (this.now() >= this.countedFromMs + COUNT_MS) {
      this.countedFromMs = this.now();
      this.share.clear();
    }
    return this.share.whyNot(holder, 1, this.max - this.registry.size - this.pending.size);
  }

  /**
   * Counts the sensor, if it is new, until leave() is called as often.
   * @returns whether it is new
   */
  reserve(sensorId: string, holder: string): boolean {
    if (this.registry.get(sensorId)) return false;
    const coming = this.pending.get(sensorId);
    if (coming) {
      coming.requests += 1;
    } else {
      this.pending.set(sensorId, { holder, requests: 1 });
      this.share.take(holder, 1);
    }
    return true;
  }

  /** The sensor is known now, or its reading was not accepted. */
  release(sensorId: string): void {
    const coming = this.pending.get(sensorId);
    if (coming === undefined) return;
    coming.requests -= 1;
    if (coming.requests > 0) return;
    this.pending.delete(sensorId);
    if (!this.registry.get(sensorId)) this.share.give(coming.holder, 1);
  }
}
