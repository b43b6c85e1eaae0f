import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { GatewayError } from '../common/errors/gateway-error.js';
import { RefusedCounter } from '../pipeline/refused-counter.js';
import { INGEST_ROUTES } from './ingest-routes.js';

/** Counts the requests to ingest routes that end with an error before their readings are understood. */
@Injectable()
export class UnreadRequests {
  constructor(private readonly refused: RefusedCounter) {}

  /** Counts the request that ends with this error. Ignores other routes, and errors that IngestService has counted. */
  count(error: GatewayError, request: FastifyRequest): void {
    // Each refused point of a partial write has been counted by its own code.
    if (request.method !== 'POST' || error.code === 'PARTIAL_WRITE') return;
    if (INGEST_ROUTES.includes(request.routeOptions.url ?? '')) this.refused.addUnread(error);
  }
}
