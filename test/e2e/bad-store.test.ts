import { type Answer, BadServer, wellBehaved } from '../support/bad-server.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { RawStream } from '../support/raw-stream.js';
import { deleteReadings } from './deletion.contract.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const HEADER =
  '#datatype,string,long,dateTime:RFC3339,double,string,string\r\n#group,false,false,false,false,true,true\r\n' +
  '#default,_result,,,,,\r\n,result,table,_time,_value,_field,zone\r\n';
const ROW = ',,0,2026-01-30T12:00:00Z,1,value,z\r\n';
const QUERY_ERROR =
  '\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,disk on fire,\r\n';

describe('a gateway whose store misbehaves', () => {
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

  it('resets no stream for a deletion that the store refuses', async () => {
    server.answer = (response, path, body) => {
      if (path.startsWith('/api/v2/delete')) response.writeHead(405).end('{"message":"no deletions here"}');
      else wellBehaved(response, path, body);
    };
    await gateway.post('/api/ingest', READING);
    await gateway.settled();
    const stream = await RawStream.open(gateway, '?type=reading');
    const { status, body } = await deleteReadings(gateway, 's', { all: 'true' });
    expect([status, body.code]).toEqual([422, 'DELETION_REFUSED']);
    await gateway.post('/api/ingest', READING);
    await until(() => (stream.values().length > 0 ? true : undefined), 'the next reading');
    expect(stream.messages.map(({ event }) => event)).toEqual(['reading']);
    stream.close();
  });

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
  ])('keeps acknowledged readings until the store accepts them, when the store %s', async (name, answer) => {
    server.answer = answer;
    expect((await gateway.post('/api/ingest', READING)).status).toBe(201);
    await until(
      async () => ((await gateway.pipeline()).store === 'down' ? true : undefined),
      'the store to be lost',
    );
    expect(await gateway.json('/api/health')).toEqual({ status: 'ok' });
    expect(await gateway.json('/api/latest/s')).toMatchObject({ ...READING, found: true, stale: true });
    const history = await outcome(gateway.get('/api/readings/s'));
    expect(history).toEqual(unavailable);
    expect(history.retryAfter).toBeGreaterThanOrEqual(1);
    expect(await gateway.pipeline()).toMatchObject({ accepted: 1, stored: 0, queued: 1, deadLettered: 0 });

    server.answer = wellBehaved;
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 1, stored: 1, queued: 0, store: 'up' });
    expect(await gateway.json('/api/latest/s')).not.toHaveProperty('stale');
    const entries = (await gateway.json('/api/logs')) as { type: string; message: string }[];
    const lost = name === 'answers 401' ? 'Store refuses credentials' : 'Store lost';
    expect(entries.map(({ message }) => message.split(':')[0])).toEqual(
      expect.arrayContaining([lost, 'Store back', 'The gateway started; readings go to InfluxDB']),
    );
  });

  it('waits for as many seconds as Retry-After says', async () => {
    const asked: number[] = [];
    server.answer = (response, path, body) => {
      if (path.startsWith('/api/v2/write') && body !== '') asked.push(Date.now());
      if (body === '' || asked.length > 1) wellBehaved(response, path, body);
      else response.writeHead(429, { 'retry-after': '2' }).end();
    };
    await gateway.post('/api/ingest', READING);
    await gateway.settled();
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  it('asks no more than once when Retry-After is longer than timers can wait', async () => {
    server.answer = (response, path, body) => {
      if (body === '') wellBehaved(response, path, body);
      else response.writeHead(429, { 'retry-after': '9'.repeat(400) }).end();
    };
    await gateway.post('/api/ingest', READING);
    await until(() => server.writes.length > 0 || undefined, 'a write');
    await gateway.get('/api/readings/s');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(server.writes).toHaveLength(1);
    expect(gateway.output).not.toContain('TimeoutOverflow');
  });

  it('makes one bad reading among good ones a dead letter, and reports it once', async () => {
    server.answer = (response, path, body) => {
      if (body.includes('sensor_id=bad'))
        response.writeHead(422).end('{"code":"unprocessable entity","message":"no"}');
      else wellBehaved(response, path, body);
    };
    const sensors = ['a', 'b', 'bad', 'c', 'bad', 'd'];
    const batch = sensors.map((sensorId, second) => ({
      ...READING,
      sensorId,
      timestamp: `2026-01-30T12:00:0${second}Z`,
    }));
    expect((await gateway.post('/api/ingest/batch', batch)).status).toBe(200);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 6, stored: 4, deadLettered: 2 });
    const letters = (await gateway.json('/api/dead-letters')) as { reading: object; reason: string }[];
    expect(letters.map(({ reading, reason }) => [reading, reason])).toEqual([
      [batch[2], 'no'],
      [batch[4], 'no'],
    ]);
    const entries = (await gateway.json('/api/logs')) as { message: string }[];
    expect(entries.filter(({ message }) => message.includes('dead letters'))).toHaveLength(1);
  });

  it('makes the lines that a 400 names dead letters, and sends the others again', async () => {
    server.answer = (response, path, body) => {
      const bad = body.split('\n').filter((line) => line.includes('sensor_id=bad'));
      const message = bad.map((line) => `unable to parse '${line}': it's bad`).join('\n');
      if (bad.length === 0) wellBehaved(response, path, body);
      else
        BadServer.status(400, JSON.stringify({ code: 'invalid', message }), JSON_TYPE)(response, path, body);
    };
    const batch = Array.from({ length: 1_000 }, (_, index) => ({
      ...READING,
      sensorId: index % 3 === 0 ? 'bad' : 's',
      zone: "it's: a 'zone'",
      timestamp: 1_769_782_718_000 + index,
    }));
    await gateway.post('/api/ingest/batch', batch);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 1_000, stored: 666, deadLettered: 334 });
    expect(server.writes.length).toBeLessThan(10);
  });

  it('halves a batch until it finds the bad readings, when a 400 names none', async () => {
    server.answer = (response, path, body) => {
      if (body.includes('sensor_id=bad')) response.writeHead(400).end('no');
      else wellBehaved(response, path, body);
    };
    const batch = Array.from({ length: 64 }, (_, index) => ({
      ...READING,
      sensorId: index === 33 ? 'bad' : `s${index}`,
    }));
    await gateway.post('/api/ingest/batch', batch);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 64, stored: 63, deadLettered: 1 });
  });

  it('halves what is too large for the store, down to the single reading that it refuses', async () => {
    server.answer = (response, path, body) => {
      if (body.split('\n').length > 3 || body.includes('sensor_id=large')) response.writeHead(413).end();
      else wellBehaved(response, path, body);
    };
    const batch = Array.from({ length: 40 }, (_, index) => ({
      ...READING,
      sensorId: index === 17 ? 'large' : 's',
      timestamp: 1_769_782_718_000 + index,
    }));
    await gateway.post('/api/ingest/batch', batch);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 40, stored: 39, deadLettered: 1 });
  });

  it('writes waiting readings in few requests, those of one sensor in the order of acceptance', async () => {
    const held: (() => void)[] = [];
    server.answer = (response, path, body) => {
      if (body === '') wellBehaved(response, path, body);
      else held.push(() => response.writeHead(204).end());
    };
    await gateway.post('/api/ingest', READING);
    await until(() => (held.length === 1 ? true : undefined), 'the first write');
    for (let value = 2; value <= 50; value += 1) await gateway.post('/api/ingest', { ...READING, value });
    expect(held).toHaveLength(1);
    server.answer = wellBehaved;
    held.shift()?.();
    await gateway.settled();
    expect(server.writes.length).toBeLessThan(10);
    const values = server.writes.join('\n').match(/value=(\d+)/g) ?? [];
    // On a busy machine the first write times out before it is answered, and is sent again.
    while (values[1] === 'value=1') values.shift();
    expect(values).toEqual(Array.from({ length: 50 }, (_, index) => `value=${index + 1}`));
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
