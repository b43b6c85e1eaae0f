import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/**
 * Nest's adapter for Fastify without the eight hooks that it adds: for CORS, CSRF, refusals while closing, versions of routes,
 * and middleware. The gateway uses none of these, and each hook costs every request. The onResponse hook costs most, because
 * Fastify listens to the end of each response for it.
 */
export class LeanAdapter extends FastifyAdapter {
  constructor(fastify: FastifyInstance) {
    const addHook: unknown = Reflect.get(fastify, 'addHook');
    Object.assign(fastify, { addHook: () => fastify });
    super(fastify);
    Object.assign(fastify, { addHook });
  }

  /** Nest's own registers what runs middleware. */
  override init(): Promise<void> {
    return Promise.resolve();
  }
}
