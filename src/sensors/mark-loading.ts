import type { RequestChain } from '../http/hooks/request-chain.js';
import type { SensorKeeper } from '../pipeline/sensor-keeper.js';
import { LOADING_HEADER } from './loading-header.js';

/** Routes that answer from what is known of all sensors. */
const ROUTES = new Set<string | undefined>(['/api/latest', '/api/sensors']);

/** Marks lists of sensors from which sensors are missing, because the latest readings of the store are still being loaded. */
export function markLoading(chain: RequestChain, keeper: Pick<SensorKeeper, 'hasLoaded'>): void {
  chain.onRequest((_request, reply, { url }) => {
    if (!keeper.hasLoaded && ROUTES.has(url)) void reply.header(LOADING_HEADER, 'true');
    return undefined;
  });
}
