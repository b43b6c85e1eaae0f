import { GatewayError } from '../common/errors/gateway-error.js';
import type { Binding } from './binding.js';
import type { Role } from './key.js';
import type { Quota, Unit } from './quota.js';

/** Who sends a request, and what of it is allowed. Whoever accepts readings asks it, however they come in. */
export class Principal {
  constructor(
    /** Undefined where no keys are asked for. */
    readonly keyId: string | undefined,
    readonly name: string,
    readonly role: Role,
    private readonly binding: Binding | undefined,
    /** What bounds it, as far as anything does. */
    readonly quotas: readonly Quota[],
    /** As clientOf() gives it; matters where no keys are asked for. */
    private readonly clientNetwork = '',
  ) {}

  /** By whom shares are counted: the key, or the address where there is none. Also what such a holder is called. */
  get holder(): string {
    return this.keyId === undefined ? `address ${this.clientNetwork}` : `key ${this.keyId}`;
  }

  /** @returns what says why a reading of this sensor from this zone is not for it to send; undefined when it is */
  whyNot(reading: { readonly sensorId: string; readonly zone: string }): ReturnType<Binding['whyNot']> {
    return this.binding?.whyNot(reading);
  }

  /** @throws GatewayError RATE_LIMITED, with the time to wait, when it has sent too many readings of late */
  takeReadings(count: number): void {
    this.take('readings', count);
  }

  /** @throws GatewayError RATE_LIMITED, with the time to wait, when it has sent too many requests of late */
  takeRequest(): void {
    this.take('requests', 1);
  }

  private take(unit: Unit, count: number): void {
    for (const quota of this.quotas) {
      if (quota.unit !== unit || quota.take(count)) continue;
      throw new GatewayError('RATE_LIMITED', quota.refusal, {
        headers: { 'Retry-After': String(quota.retryAfterSeconds) },
      });
    }
  }
}
