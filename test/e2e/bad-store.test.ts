import { type Answer, BadServer, wellBehaved } from '../support/bad-server.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const HEADER =
  '#datatype,string,long,dateTime:RFC3339,double,string,string\r\n#group,false,false,false,false,true,true\r\n' +
  '#default,_result,,,,,\r\n,result,table,_time,_value,_field,zone\r\n';
const ROW = ',,0,2026-01-30T12:00:00Z,1,value,z\r\n';
const QUERY_ERROR =
  '\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,disk on fire,\r\n';

describe('a store that misbehaves', () => {
  let server: BadServer;
  let gateway: Gateway;

  beforeEach(async () => {
    server = await BadServer.start();
    gateway = await Gateway.start({ ...server.variables, STORE_TIMEOUT: '1s' });
  });
  afterEach(async () => {
    await gateway.stop();
    await server.stop();
  });

  const outcome = async (
    sending: Promise<Response>,
  ): Promise<{ status: number; code: unknown; retryAfter: number }> => {
    const response = await sending;
    const { code } = (await response.json()) as { code?: string };
    return { status: response.status, code, retryAfter: Number(response.headers.get('retry-after')) };
  };
  const unavailable = { status: 503, code: 'STORE_UNAVAILABLE', retryAfter: expect.any(Number) };

  it.each<[string, Answer]>([
    ['answers 500', BadServer.status(500, '{"code":"internal error","message":"broken"}')],
    ['answers 503', BadServer.status(503)],
    ['answers 429', BadServer.status(429)],
    ['answers 401', BadServer.status(401)],
    ['answers 404', BadServer.status(404)],
    ['answers a write with 200 and a page', BadServer.status(200, '<html>Log in to the network</html>')],
    ['answers a redirect', BadServer.status(302, '', { location: 'http://127.0.0.1:1/' })],
    ['closes the connection', (response) => response.destroy()],
    ['never answers', () => undefined],
    [
      'stalls after its headers',
      (response) => response.writeHead(200, { 'content-length': '10' }).flushHeaders(),
    ],
  ])('acknowledges nothing when it %s', async (_name, answer) => {
    server.answer = answer;
    const write = await outcome(gateway.post('/api/ingest', READING));
    expect(write).toEqual(unavailable);
    expect(write.retryAfter).toBeGreaterThanOrEqual(1);
    expect(await gateway.json('/api/health')).toEqual({ status: 'ok' });

    server.answer = wellBehaved;
    await until(
      async () => ((await gateway.post('/api/ingest', READING)).status === 201 ? true : undefined),
      'recovery',
    );
    const entries = (await gateway.json('/api/logs')) as { type: string; message: string }[];
    expect(entries.map(({ message }) => message.split(':')[0])).toEqual(
      expect.arrayContaining(['Store lost', 'Store back', 'The gateway started; readings go to InfluxDB']),
    );
  });

  it('passes on its Retry-After, which is in seconds', async () => {
    server.answer = (response, path, body) => {
      if (body === '') wellBehaved(response, path, body);
      else response.writeHead(429, { 'retry-after': '17' }).end();
    };
    expect(await outcome(gateway.post('/api/ingest', READING))).toEqual({ ...unavailable, retryAfter: 17 });
  });

  it('finds the one bad reading among good ones', async () => {
    server.answer = (response, path, body) => {
      if (body.includes('sensor_id=bad'))
        response.writeHead(422).end('{"code":"unprocessable entity","message":"no"}');
      else wellBehaved(response, path, body);
    };
    const sensors = ['a', 'b', 'bad', 'c', 'd'];
    const answers = await Promise.all(
      sensors.map((sensorId) => gateway.post('/api/ingest', { ...READING, sensorId })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 422, 201, 201]);
  });

  it('writes readings that wait in one request', async () => {
    const held: (() => void)[] = [];
    server.answer = (response, path, body) => {
      if (body === '') wellBehaved(response, path, body);
      else held.push(() => response.writeHead(204).end());
    };
    const first = gateway.post('/api/ingest', READING);
    await until(() => (held.length === 1 ? true : undefined), 'the first write');
    const others = Array.from({ length: 50 }, () => gateway.post('/api/ingest', READING));
    await gateway.get('/api/health');
    held.shift()?.();
    await until(() => (held.length === 1 ? true : undefined), 'the second write');
    server.answer = wellBehaved;
    held.shift()?.();
    const answers = await Promise.all([first, ...others]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(server.writes.length).toBeLessThan(10);
    expect(server.writes.join('\n').split('\n')).toHaveLength(51);
  });

  it.each([
    ['an error after the first rows', `${HEADER}${ROW}${QUERY_ERROR}`],
    ['an error before any row', QUERY_ERROR.trimStart()],
  ])('answers 503 to a query that ends in %s inside a 200', async (_name, csv) => {
    server.answer = (response, path, body) => {
      if (path.startsWith('/api/v2/write')) wellBehaved(response, path, body);
      else response.writeHead(200, { 'content-type': 'text/csv' }).end(csv);
    };
    expect(await outcome(gateway.get('/api/latest/s'))).toEqual(unavailable);
    expect(await outcome(gateway.get('/api/readings/s'))).toEqual(unavailable);
  });

  it.each<[string, Answer]>([
    ['stalls', (response) => response.write(HEADER + ROW)],
    [
      'trickles for ever',
      (response) => {
        response.write(HEADER);
        const trickle = setInterval(() => response.write(ROW), 50);
        response.on('close', () => {
          clearInterval(trickle);
        });
      },
    ],
    [
      'is cut off',
      (response) => {
        response.writeHead(200, { 'content-length': '10000' }).write(HEADER + ROW);
        setTimeout(() => response.destroy(), 50);
      },
    ],
  ])('answers 503 in time to a query that %s after its first rows', async (_name, query) => {
    server.answer = (response, path, body) => {
      if (path.startsWith('/api/v2/write')) wellBehaved(response, path, body);
      else query(response, path, body);
    };
    const before = Date.now();
    expect(await outcome(gateway.get('/api/latest/s'))).toEqual(unavailable);
    expect(Date.now() - before).toBeLessThan(5_000);
  });
});
