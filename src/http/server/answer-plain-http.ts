import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { rawResponse, write } from './explain-parse-error.js';
import { GatewayError } from '../../common/errors/gateway-error.js';

/** Answers clients that speak HTTP to a port of HTTPS in the words that they understand. */
export function answerPlainHttp(server: Server): void {
  /** What lies below TLS, which Node gives away only here. */
  const sockets = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const client = endpointOf(socket);
    sockets.set(client, socket);
    socket.once('close', () => {
      if (sockets.get(client) === socket) sockets.delete(client);
    });
  });
  server.on('tlsClientError', (error: Error & { code?: string }, tlsSocket: Socket) => {
    const socket = sockets.get(endpointOf(tlsSocket));
    if (error.code !== 'ERR_SSL_HTTP_REQUEST' || !socket) return;
    write(socket, rawResponse(new GatewayError('MALFORMED_REQUEST', 'This port speaks HTTPS: use https://')));
    socket.destroySoon();
  });
}

function endpointOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}
