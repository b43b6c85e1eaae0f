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
import {
  isRequestLike,
  type ParseError,
  rawResponse,
  rawResponseToParseError,
  explainParseError,
  write,
} from './explain-parse-error.js';
import { IncompleteBody, rememberTrailingBytes } from '../../common/errors/incomplete-body.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { StartError } from '../../common/errors/start-error.js';
import { answerPlainHttp } from './answer-plain-http.js';
import { answerWhileStarting } from './answer-while-starting.js';
import { Certificate } from './certificate.js';
import { LingeringCloser } from './lingering-closer.js';
import { ConnectionLimiter } from './connection-limiter.js';
import { RequestDrainer } from './request-drainer.js';
import { refuseInvalidRequest } from './refuse-invalid-request.js';

/** Connections that are open without a request are kept for so long: longer than the 60 s of usual proxies. */
const KEEP_ALIVE_MS = 72_000;
/** So often it is looked for requests that take too long to arrive. */
const CHECK_EVERY_MS = 1_000;
/** An answer of which its client has taken nothing for so long is cut off. */
const STALLED_MS = 120_000;
const MAX_HEADER_BYTES = 16 << 10;
const INGEST_ROUTES = ['/api/ingest', '/api/v2/write'];
const NO_BYTES = Buffer.alloc(0);
const NO_PROXY = new GatewayError('METHOD_NOT_ALLOWED', 'CONNECT is for proxies, and this is none');

/**
 * The port, from the first moment of the process to the last. It is open before the application is, so that probes are
 * answered while a large journal recovers.
 */
export class GatewayServer {
  private readonly logger = new Logger(GatewayServer.name);
  private readonly drainer = new RequestDrainer();
  private readonly closer = new LingeringCloser();
  private readonly limiter: ConnectionLimiter;
  private readonly shareWarning = new ShareWarning(this.logger);
  /** The newest request of each connection, with its answer: all answers before it are written before. */
  private readonly lastExchange = new WeakMap<Socket, readonly [IncomingMessage, ServerResponse]>();
  private handler: RequestListener = (request, response) => {
    this.closer.stopReading(request.socket);
    answerWhileStarting(request, response);
  };
  private droppedConnections = 0;

  private constructor(
    readonly server: Server,
    private readonly certificate: Certificate | undefined,
    private readonly maxConnections: number,
  ) {
    this.limiter = new ConnectionLimiter(maxConnections, certificate !== undefined);
    this.admitConnections();
    // Node would drop those beyond the thousandth, unseen by whoever looks for one; MAX_HEADER_BYTES bounds them.
    server.maxHeadersCount = 0;
    this.allowHalfClosedSenders();
    // What else may be expected is nothing that anybody sends; to pass over it is allowed (RFC 9110, section 10.1.1).
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    server.on('request', (request, response) => {
      // More may have come by then, of a client that was cut off, or behind a request that ends its connection.
      if (request.socket.destroyed || this.closer.isClosing(request.socket)) return;
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
    // Between two requests a connection has the time-out of keep-alive, and just ends.
    server.setTimeout(STALLED_MS, (socket: Socket) => {
      if (socket.timeout !== STALLED_MS || socket.writableLength > 0) socket.destroy();
    });
  }

  /** @throws StartError when the address cannot be listened on, or the certificate is none */
  static async open(config: ServerConfig): Promise<GatewayServer> {
    const { host, port, tlsCert, tlsKey, maxConnections, headersTimeoutMs, requestTimeoutMs } = config;
    const options: ServerOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node refuses a headersTimeout above the requestTimeout.
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Refused here, in words.
      requireHostHeader: false,
    };
    const certificate = tlsCert === '' ? undefined : Certificate.read(tlsCert, tlsKey);
    const server = certificate ? createTlsServer({ ...options, ...certificate.pair }) : createServer(options);
    if (certificate) answerPlainHttp(server);
    const door = new GatewayServer(server, certificate, maxConnections);
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
    return door;
  }

  /** Where it listens, such as http://127.0.0.1:8000. */
  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `${this.certificate ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Hands requests over to the application. */
  serve(answer: RequestListener): void {
    this.handler = answer;
  }

  /** Takes no more connections, and returns once the requests under way are answered. May be called twice. */
  async close(): Promise<void> {
    this.certificate?.stop();
    this.drainer.stop();
    this.closer.stop();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  /** Ends the requests that are still under way. */
  closeAllConnections(): void {
    this.server.closeAllConnections();
  }

  /**
   * Stands before what Node does with a connection. Its own maxConnections drops whoever comes last, and cannot make room:
   * it does not say who comes.
   */
  private admitConnections(): void {
    const { server, limiter: shares, maxConnections } = this;
    const takers = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      const { isAdmitted, evicted } = shares.admit(socket);
      if (evicted) {
        const { network, connections } = evicted;
        this.shareWarning.warn(
          `The address ${network} holds ${connections} of ${maxConnections} connections (MAX_CONNECTIONS): one is ended for another address`,
        );
      }
      if (isAdmitted) {
        for (const take of takers) take.call(server, socket);
      } else {
        socket.destroy();
        this.countDropped();
      }
    });
    server.on('secureConnection', (socket: Socket) => {
      shares.secured(socket);
    });
  }

  /**
   * Ends a connection on which something came that is no HTTP, or nothing in time. What was read whole before is
   * answered first: a client that is told of what it sent behind a reading only would send that reading again.
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
      // What is wrong with the rest of a request that has its answer is nobody's business any more.
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
   * Answers a client that ends its side of the connection behind its readings, as netcat and small TCP stacks do: it would send
   * again what was stored. Whoever asks for something else has gone then, and nobody need go on working for it.
   */
  private allowHalfClosedSenders(): void {
    Object.assign(this.server, { httpAllowHalfOpen: true });
    this.server.on(this.certificate ? 'secureConnection' : 'connection', (socket: Socket) => {
      socket.prependListener('end', () => {
        const [request, response] = this.lastExchange.get(socket) ?? [];
        if (!request || !response || response.writableFinished) return;
        if (!INGEST_ROUTES.some((route) => request.url?.startsWith(route))) socket.destroySoon();
      });
    });
  }

  /** Said at once, then once a minute. */
  private countDropped(): void {
    const { maxConnections } = this;
    this.droppedConnections += 1;
    if (this.droppedConnections > 1) return;
    this.logger.warn(
      `There are ${maxConnections} connections (MAX_CONNECTIONS): further ones are closed at once`,
    );
    setTimeout(() => {
      if (this.droppedConnections > 1)
        this.logger.warn(`${this.droppedConnections} connections were closed at once within a minute`);
      this.droppedConnections = 0;
    }, 60_000).unref();
  }
}

/** Tells whoever reads the body, or is about to, that it will not come to its end. Others answer without it. */
function failBody(request: IncomingMessage, error: ParseError): void {
  const { code, detail } = explainParseError(error);
  const tell = (): void => {
    if (request.listenerCount('error') > 0) request.emit('error', new IncompleteBody(code, detail));
  };
  if (request.listenerCount('error') > 0) tell();
  else
    request.on('newListener', function wait(event) {
      if (event !== 'error') return;
      request.off('newListener', wait);
      setImmediate(tell);
    });
}
