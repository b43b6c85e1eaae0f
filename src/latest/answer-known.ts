import type { RequestChain } from '../http/hooks/request-chain.js';
import { isIdentifier } from '../model/identifier.js';
import type { LatestService } from './latest.service.js';

const ROUTE = '/api/latest/:sensorId';

/**
 * Answers GET /api/latest/{sensorId} about a sensor that memory knows. Such a request has passed all checks here, and needs
 * nothing that Nest would do for it. All others go on to LatestController, which also describes the route.
 */
export function answerKnown(chain: RequestChain, latestService: Pick<LatestService, 'knownAsJson'>): void {
  chain.onRequest(({ params }, reply, { url }) => {
    if (url !== ROUTE) return undefined;
    const { sensorId } = params as { readonly sensorId: string };
    // Others write what no gateway accepts, and LatestController refuses such a name.
    const json = isIdentifier(sensorId) ? latestService.knownAsJson(sensorId) : undefined;
    if (json === undefined) return undefined;
    return () => {
      void reply.header('Content-Type', 'application/json; charset=utf-8').send(json);
    };
  });
}
