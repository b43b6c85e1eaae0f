import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the proxy got. */
export interface ProxyRequest {
  readonly path: string;
  readonly body: string;
  /** Its number among the requests of this path that had a body of readings, from 1; 0 for all others. */
  readonly write: number;
}

/** Answers a request itself; undefined passes it on. */
export type Interfere = (
  request: ProxyRequest,
) => ((response: ServerResponse) => void) | Promise<undefined> | undefined;

const passOn: Interfere = () => undefined;

/** A proxy in front of a gateway, which answers in its place when it is told so. */
export class Proxy {
  interfere: Interfere = passOn;
  /** The bodies of the writes of readings. */
  writes: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: () => string,
  ) {}

  /** @param target gives the URL of the gateway */
  static async start(target: () => string): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server, target);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        void proxy.answer(request.method ?? '', request.url ?? '', body, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets what it was told, and what it got. */
  reset(): void {
    this.interfere = passOn;
    this.writes = [];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(method: string, path: string, body: string, response: ServerResponse): Promise<void> {
    const isWrite = path.startsWith('/api/v2/write') && !body.startsWith('#');
    if (isWrite) this.writes.push(body);
    const own = await this.interfere({ path, body, write: isWrite ? this.writes.length : 0 });
    if (own) {
      own(response);
      return;
    }
    const answer = await fetch(`${this.target()}${path}`, {
      method,
      ...(body !== '' && { body, headers: { 'content-type': 'text/plain' } }),
    });
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !HOP.has(name)));
    response.writeHead(answer.status, headers).end(await answer.text());
  }
}

/** Headers of one connection, and those that do not fit the body any more. */
const HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
]);
