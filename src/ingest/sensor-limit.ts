import { FairShare, type Shortage } from '../common/scheduling/fair-share.js';
import type { KnownSensors } from '../registry/known-sensors.js';

/** New sensors are counted for a day: a sender that replaces a few sensors every week stays far below its share. */
const COUNTED_MS = 24 * 3_600_000;

interface PendingSensor {
  /** The sender of the share that it counts against. */
  readonly holder: string;
  requests: number;
}

/** Limits the number of sensors: the known ones, and those whose first reading is being accepted. */
export class SensorLimit {
  /** New sensors whose first reading is being accepted, in one request or more. */
  private readonly pending = new Map<string, PendingSensor>();
  /** New sensors by sender, within a day. Nobody is counted for older ones. */
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

  /** Counts a sender among those who share the new sensors. */
  see(holder: string): void {
    this.share.recordUse(holder);
  }

  /** How many new sensors a sender has sent within a day. */
  heldBy(holder: string): number {
    return this.share.heldBy(holder);
  }

  /** @returns why there is no room for this sensor; undefined when there is */
  whyNot(sensorId: string, holder: string): Shortage | undefined {
    if (this.registry.get(sensorId) !== undefined || this.pending.has(sensorId)) return undefined;
    if (this.now() >= this.countedFromMs + COUNTED_MS) {
      this.countedFromMs = this.now();
      this.share.clear();
    }
    return this.share.whyNot(holder, 1, this.max - this.registry.size - this.pending.size);
  }

  /**
   * Reserves a place for a new sensor, until release() is called as often.
   * @returns whether it is new
   */
  reserve(sensorId: string, holder: string): boolean {
    if (this.registry.get(sensorId)) return false;
    const pending = this.pending.get(sensorId);
    if (pending) {
      pending.requests += 1;
    } else {
      this.pending.set(sensorId, { holder, requests: 1 });
      this.share.take(holder, 1);
    }
    return true;
  }

  /** Ends a reservation: the sensor is known now, or its reading was not accepted. */
  release(sensorId: string): void {
    const pending = this.pending.get(sensorId);
    if (pending === undefined) return;
    pending.requests -= 1;
    if (pending.requests > 0) return;
    this.pending.delete(sensorId);
    if (!this.registry.get(sensorId)) this.share.release(pending.holder, 1);
  }
}
