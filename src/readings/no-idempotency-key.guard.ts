import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../common/errors/gateway-error.js';

const HEADER = 'Idempotency-Key';

/** Refuses Idempotency-Key where a repeated request is carried out again. */
@Injectable()
export class NoIdempotencyKey implements CanActivate {
  /** @throws GatewayError INVALID_PARAMETER */
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (headers['idempotency-key'] === undefined) return true;
    const message = `${HEADER} must be left out of a deletion: the same request again deletes also what was accepted in between. Give from and to, so that a repeated request finds the same readings`;
    throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: HEADER, message }] });
  }
}
