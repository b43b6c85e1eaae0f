import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { ErrorCode } from '../common/errors/error-codes.js';
import type { GatewayError } from '../common/errors/gateway-error.js';

const INGEST_ROUTES = ['/api/ingest', '/api/ingest/batch', '/api/v2/write'];

/** How many readings were refused since the start, by error code. A request without readings counts as one. */
@Injectable()
export class RefusedCounter {
  private readonly counts = new Map<ErrorCode, number>();
  private readonly counted = new WeakSet<GatewayError>();

  /** The counts by code; codes that did not occur are absent. */
  get byCode(): Partial<Record<ErrorCode, number>> {
    return Object.fromEntries(this.counts);
  }

  add(code: ErrorCode, readings: number): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + readings);
  }

  /** Counts the readings of a request that ends with this error. */
  error(error: GatewayError, readings: number): void {
    this.counted.add(error);
    this.add(error.code, readings);
  }

  /** Counts a request that ended before its readings were understood. */
  countRequest(error: GatewayError, request: FastifyRequest): void {
    if (request.method !== 'POST' || this.counted.has(error)) return;
    if (INGEST_ROUTES.includes(request.routeOptions.url ?? '')) this.add(error.code, 1);
  }
}
