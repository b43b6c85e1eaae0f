import { GatewayError } from '../common/errors/gateway-error.js';
import type { Binding } from './binding.js';
import type { Role } from './key.js';
import type { Quota, QuotaUnit } from './quota.js';

/** Who sends a request, and what that sender may do. IngestService asks it, whichever protocol the readings came by. */
export class Principal {
  constructor(
    /** Undefined when requests need no key. */
    readonly keyId: string | undefined,
    readonly name: string,
    readonly role: Role,
    private readonly binding: Binding | undefined,
    /** The limits that apply to it. */
    readonly quotas: readonly Quota[],
    /** As clientNetworkOf() returns it; used when requests need no key. */
    private readonly clientNetwork = '',
  ) {}

  /** Who shares are counted for: the key, or the IP address when there is no key. Remembered answers keep it on disk. */
  get holder(): string {
    return this.keyId === undefined ? `address ${this.clientNetwork}` : `key ${this.keyId}`;
  }

  /** @returns undefined when it may send a reading of this sensor and zone; else a function that makes the error */
  whyNot(reading: { readonly sensorId: string; readonly zone: string }): ReturnType<Binding['whyNot']> {
    return this.binding?.whyNot(reading);
  }

  /** @throws GatewayError RATE_LIMITED, with the time to wait, when it has sent too many readings */
  takeReadings(count: number): void {
    this.take('readings', count);
  }

  /** @throws GatewayError RATE_LIMITED, with the time to wait, when it has sent too many requests */
  takeRequest(): void {
    this.take('requests', 1);
  }

  private take(unit: QuotaUnit, count: number): void {
    for (const quota of this.quotas) {
      if (quota.unit !== unit || quota.take(count)) continue;
      throw new GatewayError('RATE_LIMITED', quota.refusalMessage, {
        headers: { 'Retry-After': String(quota.retryAfterSeconds) },
      });
    }
  }
}
