import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a write that the proxy receives. */
export type Fault =
  | { readonly kind: 'pass' }
  /** The request is read and never answered. */
  | { readonly kind: 'stall' }
  /** It is forwarded; the answer's head comes, and then a byte now and then without end. */
  | { readonly kind: 'trickle' }
  /** The connection is cut and nothing is forwarded. */
  | { readonly kind: 'reset before' }
  /** It is forwarded, and the connection is cut instead of the answer. */
  | { readonly kind: 'reset after' }
  /** Nothing is forwarded. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      /** Made from the lines of the write, where it depends on them. */
      readonly body?: string | ((lines: string) => string);
    };

interface Options {
  /** How many writes meet the fault before the others pass; all of them by default. */
  readonly times?: number;
  /** Only writes whose lines it holds for meet the fault. */
  readonly when?: (lines: string) => boolean;
}

/** A write that the proxy saw; probes, which have no lines, are not among them. */
export interface SeenWrite {
  readonly atMs: number;
  readonly lines: string;
  readonly fault: Fault['kind'];
}

/**
 * Stands between the gateway and a real InfluxDB, and misbehaves as it is set to. Faults meet writes; queries and
 * probes pass, except while it is absent.
 */
export class FaultProxy {
  readonly seen: SeenWrite[] = [];
  /** How many writes met the current fault. */
  acted = 0;
  private fault: Fault = { kind: 'pass' };
  private options: Options = {};

  private constructor(
    private server: Server,
    private readonly port: number,
    private readonly target: URL,
  ) {}

  static async start(target: string): Promise<FaultProxy> {
    const server = await listen(0);
    const proxy = new FaultProxy(server, (server.address() as AddressInfo).port, new URL(target));
    proxy.serve(server);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on; writes in flight end as they began. */
  set(fault: Fault, options: Options = {}): void {
    this.fault = fault;
    this.options = options;
    this.acted = 0;
  }

  /** All passes again; what was stalled until now is cut. */
  heal(): void {
    this.set({ kind: 'pass' });
    this.server.closeAllConnections();
  }

  /** Connections are refused, and those there are get cut. May be called twice. */
  async leave(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Takes connections again, at the same port. */
  async comeBack(): Promise<void> {
    if (this.server.listening) return;
    this.server = await listen(this.port);
    this.serve(this.server);
  }

  stop(): Promise<void> {
    return this.leave();
  }

  private serve(server: Server): void {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.handle(request, Buffer.concat(chunks), response);
      });
    });
  }

  private handle(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const lines = body.toString();
    const fault = this.faultFor(request, lines);
    if (isWrite(request, lines)) this.seen.push({ atMs: Date.now(), lines, fault: fault.kind });
    switch (fault.kind) {
      case 'stall':
        return;
      case 'reset before':
        request.socket.destroy();
        return;
      case 'answer': {
        const { status, headers, body: answer } = fault;
        response.writeHead(status, headers).end(typeof answer === 'function' ? answer(lines) : answer);
        return;
      }
      default:
        this.forward(request, body, response, fault.kind);
    }
  }

  private faultFor(request: IncomingMessage, lines: string): Fault {
    const { times = Infinity, when } = this.options;
    const meets = isWrite(request, lines) && this.acted < times && (when?.(lines) ?? true);
    if (!meets || this.fault.kind === 'pass') return { kind: 'pass' };
    this.acted += 1;
    return this.fault;
  }

  private forward(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    kind: 'pass' | 'trickle' | 'reset after',
  ): void {
    const { hostname, port } = this.target;
    const { method, url: path, headers } = request;
    const forwarded = sendRequest({ hostname, port, method, path, headers }, (answer) => {
      if (kind === 'pass') {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        return;
      }
      answer.resume().on('end', () => {
        if (kind === 'reset after') request.socket.destroy();
        else trickle(response);
      });
    });
    forwarded.on('error', () => request.socket.destroy());
    forwarded.end(body);
  }
}

function isWrite(request: IncomingMessage, lines: string): boolean {
  return request.url?.startsWith('/api/v2/write') === true && lines !== '';
}

/** An answer that never ends: its length promises more than will ever come. */
function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000000' });
  const drip = setInterval(() => response.write(' '), 50).unref();
  response.on('close', () => {
    clearInterval(drip);
  });
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return server;
}
