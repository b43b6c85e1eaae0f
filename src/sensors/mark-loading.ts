import type { FastifyInstance } from 'fastify';

import type { SensorKeeper } from '../pipeline/sensor-keeper.js';
import { LOADING_HEADER } from './loading-header.js';

/** Routes that answer from what is known of all sensors. */
const ROUTES = new Set<string | undefined>(['/api/latest', '/api/sensors']);

/** Marks lists of sensors from which sensors are missing, because the latest readings of the store are still being loaded. */
export function markLoading(fastify: FastifyInstance, keeper: Pick<SensorKeeper, 'hasLoaded'>): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!keeper.hasLoaded && ROUTES.has(request.routeOptions.url)) void reply.header(LOADING_HEADER, 'true');
    done();
  });
}
