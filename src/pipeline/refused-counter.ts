import { Injectable } from '@nestjs/common';

import type { ErrorCode } from '../common/errors/error-codes.js';
import type { GatewayError } from '../common/errors/gateway-error.js';

/** How many readings were refused since the start; read-only. */
export abstract class RefusedReadings {
  /** The counts by error code; codes that did not occur are absent. */
  abstract readonly byCode: Partial<Record<ErrorCode, number>>;
}

/** Counts the readings that are refused. */
@Injectable()
export class RefusedCounter extends RefusedReadings {
  private readonly counts = new Map<ErrorCode, number>();
  private readonly counted = new WeakSet<GatewayError>();

  override get byCode(): Partial<Record<ErrorCode, number>> {
    return Object.fromEntries(this.counts);
  }

  add(code: ErrorCode, readings: number): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + readings);
  }

  /** Counts the readings of a request that ends with this error. */
  addRequest(error: GatewayError, readings: number): void {
    this.counted.add(error);
    this.add(error.code, readings);
  }

  /** Counts a request that ends with this error as one reading, unless addRequest() has counted it. */
  addUnread(error: GatewayError): void {
    if (!this.counted.has(error)) this.add(error.code, 1);
  }
}
