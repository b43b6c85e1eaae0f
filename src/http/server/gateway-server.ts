import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { Logger } from '@nestjs/common';

import { ShareWarning } from '../../common/scheduling/share-warning.js';
import type { ServerConfig } from '../../common/config/sections/server.config.js';
import { explainParseError, isRequestLike, type ParseError } from './explain-parse-error.js';
import { rawResponse, rawResponseToParseError, write } from './raw-response.js';
import { IncompleteBody, rememberTrailingBytes } from '../../common/errors/incomplete-body.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { StartError } from '../../common/errors/start-error.js';
import { answerPlainHttp } from './answer-plain-http.js';
import { answerWhileStarting } from './answer-while-starting.js';
import { Certificate } from './certificate.js';
import { LingeringCloser } from './lingering-closer.js';
import { ConnectionLimiter, isStream } from './connection-limiter.js';
import { RequestDrainer } from './request-drainer.js';
import { refuseInvalidRequest } from './refuse-invalid-request.js';

/** How long an idle connection stays open: longer than the 60 s of usual proxies. */
const KEEP_ALIVE_MS = 72_000;
/** How often Node checks for requests that take too long to arrive. */
const CHECK_EVERY_MS = 1_000;
/** A response is cut off when its client has read nothing of it for this time. */
const STALLED_MS = 120_000;
const MAX_HEADER_BYTES = 16 << 10;
const NO_BYTES = Buffer.alloc(0);
const NO_PROXY = new GatewayError('METHOD_NOT_ALLOWED', 'CONNECT is for proxies, and the gateway is not one');

/**
 * The HTTP or HTTPS server. It listens before the application runs, so that probes are answered while a large journal is
 * recovered, and it closes last.
 */
export class GatewayServer {
  private readonly logger = new Logger(GatewayServer.name);
  private readonly drainer = new RequestDrainer();
  private readonly closer = new LingeringCloser();
  private readonly limiter: ConnectionLimiter;
  private readonly shareWarning = new ShareWarning(this.logger);
  /** The newest request of each connection, with its response. Node writes the responses in order. */
  private readonly lastExchange = new WeakMap<Socket, readonly [IncomingMessage, ServerResponse]>();
  /** Earlier responses of each connection that later ones wait for. */
  private readonly blocking = new WeakMap<Socket, Set<ServerResponse>>();
  private handler: RequestListener = (request, response) => {
    this.closer.stopReading(request.socket);
    answerWhileStarting(request, response);
  };
  private droppedConnections = 0;

  private constructor(
    readonly server: Server,
    private readonly certificate: Certificate | undefined,
    private readonly maxConnections: number,
    private readonly halfClosedRoutes: readonly string[],
  ) {
    this.limiter = new ConnectionLimiter(maxConnections, certificate !== undefined);
    this.admitConnections();
    // By default Node silently drops headers after the thousandth; MAX_HEADER_BYTES bounds them already.
    server.maxHeadersCount = 0;
    this.allowHalfClosedSenders();
    // Ignores unknown expectations, which RFC 9110, section 10.1.1 allows.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    server.on('request', (request, response) => {
      // Node may still emit requests of a connection that is closed, or that is being closed.
      if (request.socket.destroyed || this.closer.isClosing(request.socket)) return;
      this.rememberBlocking(request.socket);
      this.lastExchange.set(request.socket, [request, response]);
      this.limiter.begin(request.socket, response);
      this.drainer.watch(request, response);
      if (refuseInvalidRequest(request, response)) this.closer.stopReading(request.socket);
      else this.handler(request, response);
    });
    server.on('clientError', (error: ParseError, socket) => {
      this.closeAfterParseError(error, socket as Socket);
    });
    server.on('connect', (request, socket) => {
      const [, response] = this.lastExchange.get(request.socket) ?? [];
      socket.on('error', () => undefined);
      if (!response || response.writableFinished) socket.end(rawResponse(NO_PROXY));
      else response.once('finish', () => socket.end());
    });
    // The socket's timeout is another one between two requests: that of keep-alive, which closes the connection.
    server.setTimeout(STALLED_MS, (socket: Socket) => {
      if (socket.timeout !== STALLED_MS || socket.writableLength > 0) socket.destroy();
    });
  }

  /**
   * @param halfClosedRoutes the beginnings of the paths that still answer a client that closed its side of the connection
   * @throws StartError when it cannot listen on the host and port, or the certificate is not valid
   */
  static async open(config: ServerConfig, halfClosedRoutes: readonly string[]): Promise<GatewayServer> {
    const { host, port, tlsCert, tlsKey, maxConnections, headersTimeoutMs, requestTimeoutMs } = config;
    const options: ServerOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node refuses a headersTimeout above the requestTimeout.
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // refuseInvalidRequest() answers with a reason instead.
      requireHostHeader: false,
    };
    const certificate = tlsCert === '' ? undefined : Certificate.read(tlsCert, tlsKey);
    const server = certificate ? createTlsServer({ ...options, ...certificate.pair }) : createServer(options);
    if (certificate) answerPlainHttp(server);
    const gatewayServer = new GatewayServer(server, certificate, maxConnections, halfClosedRoutes);
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      throw new StartError(`Cannot listen on HOST ${host}, PORT ${port}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    certificate?.follow((pair) => {
      (server as ReturnType<typeof createTlsServer>).setSecureContext(pair);
    });
    return gatewayServer;
  }

  /** The URL that it listens on, such as http://127.0.0.1:8000. */
  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `${this.certificate ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Passes requests to the application from now on. */
  serve(handler: RequestListener): void {
    this.handler = handler;
  }

  /** Accepts no more connections, and returns once the requests in flight are answered. May be called twice. */
  async close(): Promise<void> {
    this.certificate?.stop();
    this.drainer.stop();
    this.closer.stop();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  /** Closes all connections, also those with requests in flight. */
  closeAllConnections(): void {
    this.server.closeAllConnections();
  }

  /**
   * Runs before Node's own listeners for new connections. Node's maxConnections is no use here: it drops the newest
   * connection and does not say whose it is.
   */
  private admitConnections(): void {
    const { server, limiter, maxConnections } = this;
    const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      const { isAdmitted, evicted } = limiter.admit(socket);
      if (evicted) {
        const { network, connections } = evicted;
        this.shareWarning.warn(
          `The IP address ${network} has ${connections} of ${maxConnections} connections (MAX_CONNECTIONS): one was closed for another IP address`,
        );
      }
      if (isAdmitted) {
        for (const listener of listeners) listener.call(server, socket);
      } else {
        // Without an address, the client has gone already.
        if (socket.remoteAddress !== undefined) this.countDropped();
        socket.destroy();
      }
    });
    server.on('secureConnection', (socket: Socket) => {
      limiter.secured(socket);
    });
  }

  /**
   * Closes a connection that sent invalid HTTP, or nothing in time. Complete requests before that are answered first: a
   * client that gets only the error for what followed a request would send that request again.
   */
  private closeAfterParseError(error: ParseError, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) {
      socket.destroy();
      return;
    }
    if (this.closer.isClosing(socket)) return;
    this.closer.stopReading(socket);
    const [request, response] = this.lastExchange.get(socket) ?? [];
    if (!request || !response) {
      write(socket, rawResponseToParseError(error));
      this.closer.close(socket);
    } else if (response.writableFinished) {
      // The request is answered already, so an error in the rest of it needs no response.
      if (request.complete && isRequestLike(error)) write(socket, rawResponseToParseError(error));
      this.closer.close(socket);
    } else {
      response.shouldKeepAlive = false;
      response.once('finish', () => {
        this.closer.close(socket);
      });
      if (request.complete)
        rememberTrailingBytes(request, error.rawPacket?.subarray(error.bytesParsed) ?? NO_BYTES);
      else if (!response.headersSent) failBody(request, error);
    }
  }

  /**
   * Answers a client of these routes that closes its side of the connection after its request, as netcat and small TCP stacks
   * do: without an answer it would send the request again. A client of another route that closes its side has gone, so its
   * request is aborted. So are all requests that wait behind a stream, which never ends.
   */
  private allowHalfClosedSenders(): void {
    Object.assign(this.server, { httpAllowHalfOpen: true });
    this.server.on(this.certificate ? 'secureConnection' : 'connection', (socket: Socket) => {
      socket.prependListener('end', () => {
        const [request, response] = this.lastExchange.get(socket) ?? [];
        if (!request || !response || response.writableFinished) return;
        const isAnswered = this.halfClosedRoutes.some((route) => request.url?.startsWith(route));
        const isBehindStream = [...(this.blocking.get(socket) ?? [])].some(isStream);
        if (!isAnswered || isBehindStream) socket.destroySoon();
      });
    });
  }

  /** Called when a connection's next request arrives: its last one may have no complete response yet. */
  private rememberBlocking(socket: Socket): void {
    const [, response] = this.lastExchange.get(socket) ?? [];
    if (!response || response.writableFinished) return;
    const blocking = this.blocking.get(socket) ?? new Set();
    this.blocking.set(socket, blocking.add(response));
    response.once('close', () => blocking.delete(response));
  }

  /** Logs at once, then once a minute. */
  private countDropped(): void {
    const { maxConnections } = this;
    this.droppedConnections += 1;
    if (this.droppedConnections > 1) return;
    this.logger.warn(
      `The limit of ${maxConnections} connections (MAX_CONNECTIONS) is reached: further ones are closed at once`,
    );
    setTimeout(() => {
      if (this.droppedConnections > 1)
        this.logger.warn(`${this.droppedConnections} connections were closed at once within a minute`);
      this.droppedConnections = 0;
    }, 60_000).unref();
  }
}

/** Emits the error to the reader of the body, now or as soon as there is one. Routes without a body answer normally. */
function failBody(request: IncomingMessage, error: ParseError): void {
  const { code, detail } = explainParseError(error);
  const emitError = (): void => {
    if (request.listenerCount('error') > 0) request.emit('error', new IncompleteBody(code, detail));
  };
  if (request.listenerCount('error') > 0) emitError();
  else
    request.on('newListener', function wait(event) {
      if (event !== 'error') return;
      request.off('newListener', wait);
      setImmediate(emitError);
    });
}
