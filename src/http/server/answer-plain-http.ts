import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { rawResponse, write } from './raw-response.js';
import { GatewayError } from '../../common/errors/gateway-error.js';

/** Answers clients that send plain HTTP to the HTTPS port, in plain HTTP. */
export function answerPlainHttp(server: Server): void {
  /** The TCP sockets below TLS; Node passes them only to this event. */
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
    write(socket, rawResponse(new GatewayError('MALFORMED_REQUEST', 'This port uses HTTPS: use https://')));
    socket.destroySoon();
  });
}

function endpointOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}
