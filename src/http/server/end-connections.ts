import type { FastifyInstance } from 'fastify';

import type { RequestChain } from '../hooks/request-chain.js';
import type { GatewayServer } from './gateway-server.js';

/**
 * Closes keep-alive connections only while the gateway stops. Otherwise a client that keeps its connection open would delay
 * the shutdown.
 */
export function endConnectionsOnClose(
  fastify: FastifyInstance,
  chain: RequestChain,
  server: GatewayServer,
): void {
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onClose', () => server.close());
  chain.onSend((_request, reply) => {
    if (closing) void reply.header('Connection', 'close');
    // Fastify would close a connection when it has not read the whole body. A client that is still sending would then see a
    // broken connection instead of the error. GatewayServer reads the rest and drops it, within REQUEST_TIMEOUT.
    else if (reply.hasHeader('Connection')) reply.removeHeader('Connection');
  });
}
