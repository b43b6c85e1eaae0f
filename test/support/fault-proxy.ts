import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does with a write; queries and probes always pass, unless it is absent. */
export type Fault =
  | { readonly kind: 'pass' }
  | { readonly kind: 'stall' }
  | { readonly kind: 'reset before' }
  | { readonly kind: 'reset after' }
  | { readonly kind: 'trickle' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    };

/** Stands between the gateway and a real InfluxDB, and misbehaves as it is told. */
export class FaultProxy {
  fault: Fault = { kind: 'pass' };
  /** How often a fault was acted. */
  acted = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async start(target: string): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(server, new URL(target));
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        proxy.handle(request, Buffer.concat(chunks), response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const isWrite = request.url?.startsWith('/api/v2/write') === true && body.length > 0;
    const fault: Fault = isWrite ? this.fault : { kind: 'pass' };
    if (fault.kind !== 'pass') this.acted += 1;
    switch (fault.kind) {
      case 'stall':
        return;
      case 'reset before':
        request.socket.destroy();
        return;
      case 'answer':
        response.writeHead(fault.status, fault.headers).end(fault.body);
        return;
      default:
        this.forward(request, body, response, fault.kind);
    }
  }

  private forward(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    kind: Fault['kind'],
  ): void {
    const { hostname, port } = this.target;
    const { method, url: path, headers } = request;
    const forwarded = sendRequest({ hostname, port, method, path, headers }, (answer) => {
      const { statusCode = 502 } = answer;
      if (kind === 'reset after') {
        answer.resume().on('end', () => request.socket.destroy());
      } else if (kind === 'trickle') {
        // The answer never ends: its length promises more than will ever come.
        answer.resume();
        response.writeHead(200, { 'content-length': '1000' });
        const trickle = setInterval(() => response.write(' '), 50);
        response.on('close', () => {
          clearInterval(trickle);
        });
      } else {
        response.writeHead(statusCode, answer.headers);
        answer.pipe(response);
      }
    });
    forwarded.on('error', () => request.socket.destroy());
    forwarded.end(body);
  }
}
