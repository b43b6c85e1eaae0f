import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with a request, once it has been read. */
export type Answer = (response: ServerResponse, path: string, body: string) => void;

const BUCKETS = `#datatype,string,long,string,string
#group,false,false,false,false
#default,_result,,,
,result,table,id,organizationID
,,0,the-bucket,the-org
`;
const MAPPINGS = {
  content: [{ database: 'predictiox', retention_policy: 'autogen', bucketID: 'the-bucket' }],
};

/** Writes to answer 204, queries without rows, and questions about the bucket. */
export const wellBehaved: Answer = (response, path, body) => {
  response.writeHead(path.startsWith('/api/v2/write') ? 204 : 200);
  if (path.startsWith('/api/v2/dbrps')) response.end(JSON.stringify(MAPPINGS));
  else if (path.startsWith('/api/v2/orgs')) response.end('{"orgs":[]}');
  else response.end(body.includes('buckets()') ? BUCKETS : '');
};

/** A small HTTP server in InfluxDB's place, which misbehaves as it is set to. */
export class BadServer {
  /** What it answers; it behaves well until this is set. */
  answer: Answer = wellBehaved;
  /** What it does with the system log's entries. */
  answerEvents: Answer = wellBehaved;
  /** All that it was asked. */
  readonly requests: { path: string; body: string; headers: IncomingHttpHeaders }[] = [];
  /** The bodies of writes of readings. */
  readonly writes: string[] = [];
  /** The bodies of writes of the system log's entries. */
  readonly eventWrites: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<BadServer> {
    const server = createServer();
    const bad = new BadServer(server);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const path = request.url ?? '';
        bad.requests.push({ path, body, headers: request.headers });
        if (body.startsWith('system_events')) {
          bad.eventWrites.push(body);
          bad.answerEvents(response, path, body);
          return;
        }
        if (path.startsWith('/api/v2/write') && body !== '') bad.writes.push(body);
        bad.answer(response, path, body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return bad;
  }

  /** Always the same status and body. */
  static status(status: number, body = '', headers: Record<string, string> = {}): Answer {
    return (response) => {
      response.writeHead(status, headers).end(body);
    };
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get variables(): Record<string, string> {
    return { INFLUXDB_URL: this.url, INFLUXDB_TOKEN: 'token', INFLUXDB_ORG: 'org' };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
