import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { Logger } from '@nestjs/common';

import { ShareWarning } from '../access/share-warning.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import { StartError } from '../errors/start-error.js';
import { answerWhileStarting } from './answer-while-starting.js';
import { Certificate } from './certificate.js';
import { ConnectionShares } from './connection-shares.js';
import { Leftovers } from './leftovers.js';

/** Connections that are open without a request are kept for so long: longer than the 60 s of usual proxies. */
const KEEP_ALIVE_MS = 72_000;
/** So often it is looked for requests that take too long to arrive. */
const CHECK_EVERY_MS = 1_000;
/** An answer of which its client has taken nothing for so long is cut off. */
const STALLED_MS = 120_000;
const MAX_HEADER_BYTES = 16 << 10;

/**
 * The port, from the first moment of the process to the last. It is open before the application is, so that probes are
 * answered while a large journal recovers.
 */
export class FrontDoor {
  private readonly logger = new Logger(FrontDoor.name);
  private readonly leftovers = new Leftovers();
  private answer: RequestListener = answerWhileStarting;
  private readonly shares: ConnectionShares;
  private readonly shareWarning = new ShareWarning(this.logger);
  private untoldDrops = 0;

  private constructor(
    readonly server: Server,
    private readonly certificate: Certificate | undefined,
    private readonly maxConnections: number,
  ) {
    this.shares = new ConnectionShares(maxConnections, certificate !== undefined);
    this.admitConnections();
    server.on('request', (request, response) => {
      // Of a client that was cut off, more may have come by then.
      if (request.socket.destroyed) return;
      this.shares.begin(request.socket, response);
      this.leftovers.watch(request, response);
      this.answer(request, response);
    });
    // Between two requests a connection has the time-out of keep-alive, and just ends.
    server.setTimeout(STALLED_MS, (socket: Socket) => {
      if (socket.timeout !== STALLED_MS || socket.writableLength > 0) socket.destroy();
    });
  }

  /** @throws StartError when the address cannot be listened on, or the certificate is none */
  static async open(config: GatewayConfig): Promise<FrontDoor> {
    const { HOST, PORT, TLS_CERT, TLS_KEY, MAX_CONNECTIONS, headersTimeoutMs, requestTimeoutMs } = config;
    const options: ServerOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const certificate = TLS_CERT === '' ? undefined : Certificate.read(TLS_CERT, TLS_KEY);
    const server = certificate ? createTlsServer({ ...options, ...certificate.pair }) : createServer(options);
    const door = new FrontDoor(server, certificate, MAX_CONNECTIONS);
    try {
      server.listen(Number(PORT), HOST);
      await once(server, 'listening');
    } catch (error) {
      throw new StartError(`Cannot listen on HOST ${HOST}, PORT ${PORT}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    certificate?.follow((pair) => {
      (server as ReturnType<typeof createTlsServer>).setSecureContext(pair);
    });
    return door;
  }

  /** Where it listens, such as http://127.0.0.1:8000. */
  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `${this.certificate ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Hands requests over to the application. */
  serve(answer: RequestListener): void {
    this.answer = answer;
  }

  /** Whether what arrives on a connection is the rest of a request that has its answer, or the beginning of it. */
  isAnswered(socket: Socket): boolean {
    return this.leftovers.areOf(socket);
  }

  /** Takes no more connections, and returns once the requests under way are answered. May be called twice. */
  async close(): Promise<void> {
    this.certificate?.stop();
    this.leftovers.stop();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  /** Ends the requests that are still under way. */
  cut(): void {
    this.server.closeAllConnections();
  }

  /**
   * Stands before what Node does with a connection. Its own maxConnections drops whoever comes last, and cannot make room:
   * it does not say who comes.
   */
  private admitConnections(): void {
    const { server, shares, maxConnections } = this;
    const takers = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      const { isAdmitted, endedOf } = shares.admit(socket);
      if (endedOf) {
        const { address, connections } = endedOf;
        this.shareWarning.say(
          `The address ${address} holds ${connections} of ${maxConnections} connections (MAX_CONNECTIONS): one is ended for another address`,
        );
      }
      if (isAdmitted) {
        for (const take of takers) take.call(server, socket);
      } else {
        socket.destroy();
        this.countDrop();
      }
    });
    server.on('secureConnection', (socket: Socket) => {
      shares.secured(socket);
    });
  }

  /** Said at once, then once a minute. */
  private countDrop(): void {
    const { maxConnections } = this;
    this.untoldDrops += 1;
    if (this.untoldDrops > 1) return;
    this.logger.warn(
      `There are ${maxConnections} connections (MAX_CONNECTIONS): further ones are closed at once`,
    );
    setTimeout(() => {
      if (this.untoldDrops > 1)
        this.logger.warn(`${this.untoldDrops} connections were closed at once within a minute`);
      this.untoldDrops = 0;
    }, 60_000).unref();
  }
}
