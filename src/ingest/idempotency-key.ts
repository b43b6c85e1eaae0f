import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../errors/gateway-error.js';
import { mustBeMessage } from '../validation/must-be.js';
import { fingerprintOf } from './request-body.js';

/** A request that may be repeated and is to be carried out once. */
export interface IdempotentRequest {
  readonly key: string;
  /** Equal for the same request. */
  readonly fingerprint: string;
}

/** The request's Idempotency-Key and fingerprint; undefined when it bears none. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  idempotencyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** @throws GatewayError INVALID_PARAMETER when the key is none */
function idempotencyOf(request: FastifyRequest): IdempotentRequest | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) {
    const message = mustBeMessage('Idempotency-Key', '1 to 255 printable ASCII characters', key);
    throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'Idempotency-Key', message }] });
  }
  return { key, fingerprint: fingerprintOf(request) };
}
