import { BadServer, wellBehaved } from '../support/bad-server.js';
import { makeCertificate, writeCertificate } from '../support/certificate.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Line } from '../support/line.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const GET = 'GET /api/latest HTTP/1.1\r\nHost: localhost\r\n\r\n';
const STREAM = 'GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n';
const NO_KEYS = { AUTH: 'off' };

const all = (what: string, lines: readonly Line[], holds: (line: Line) => boolean): Promise<true> =>
  until(() => (lines.every(holds) ? true : undefined), what);
const answered = ({ received }: Line): boolean => received.includes('200 OK');
/** Sends a request and waits for its answer. */
const answer = (line: Line): Promise<true> => {
  const { length } = line.received;
  line.send(GET);
  return all('an answer', [line], ({ received }) => received.includes('200 OK', length));
};
const openOf = (lines: readonly Line[]): Line[] => lines.filter(({ isClosed }) => !isClosed);

describe('connections', () => {
  let gateway: Gateway;
  const lines: Line[] = [];
  const open = (from: string): Line => {
    const line = new Line(gateway.url, from);
    lines.push(line);
    return line;
  };
  const openMany = (count: number, from: string): Line[] => Array.from({ length: count }, () => open(from));
  /** Waits for an answer on each: before that, they may not have been accepted yet. */
  const use = async (opened: readonly Line[], text = GET): Promise<void> => {
    for (const line of opened) line.send(text);
    await all('answers', opened, answered);
  };
  /** Frees all 20 places. */
  const clear = async (): Promise<void> => {
    for (const line of lines.splice(0)) line.end();
    const rest = openMany(19, '127.0.0.9');
    await use(rest);
    for (const line of rest) line.end();
    lines.length = 0;
  };

  describe.each(['HTTP', 'HTTPS'])('over %s', (protocol) => {
    beforeAll(async () => {
      const tls = protocol === 'HTTPS' ? { ...writeCertificate(await makeCertificate()) } : {};
      gateway = await Gateway.start({ ...NO_KEYS, ...tls, MAX_CONNECTIONS: '20', HEADERS_TIMEOUT: '60s' });
    });
    afterAll(async () => {
      await gateway.stop();
    });
    afterEach(clear);

    it('of one IP address are closed for those of another, the oldest idle ones first', async () => {
      const streams = openMany(5, '127.0.0.2');
      await use(streams, STREAM);
      const oldest = open('127.0.0.2');
      await answer(oldest);
      const idle = openMany(14, '127.0.0.2');
      for (const line of idle) await answer(line);
      // It is used again, so it is the newest now.
      await answer(oldest);
      const others = openMany(3, '127.0.0.3');
      await use(others);
      await all('three ends', idle.slice(0, 3), ({ isClosed }) => isClosed);
      expect([openOf(streams).length, openOf(idle).length, openOf(others).length]).toEqual([5, 11, 3]);
      expect(oldest.isClosed).toBe(false);
      await gateway.waitForOutput(/The IP address 127\.0\.0\.2 has 20 of 20 connections \(MAX_CONNECTIONS\)/);
    });

    it('without a complete request are closed before streams', async () => {
      const streams = openMany(10, '127.0.0.2');
      await use(streams, STREAM);
      const silent = openMany(10, '127.0.0.2');
      for (const line of silent) line.send('GET /api/latest HTTP/1.1\r\nHost: loc');
      const others = openMany(10, '127.0.0.3');
      await use(others);
      await all('ten ends', silent, ({ isClosed }) => isClosed);
      expect([openOf(streams).length, openOf(others).length]).toEqual([10, 10]);
    });

    it('that are streams are closed when the client with the most has no idle one, the oldest first', async () => {
      const streams = openMany(20, '127.0.0.2');
      for (const stream of streams) await use([stream], STREAM);
      await answer(open('127.0.0.3'));
      await all('an end', streams.slice(0, 1), ({ isClosed }) => isClosed);
      expect(openOf(streams)).toHaveLength(19);
    });

    it('with an incomplete request are closed when no other may be, and those with a complete one are not', async () => {
      const body = JSON.stringify(READING);
      const head = `POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
      const reading = openMany(20, '127.0.0.2');
      for (const line of reading) line.send(head);
      await all('20 requests to be read', reading, ({ received }) => received.includes('100 Continue'));
      for (let count = 1; count <= 3; count += 1) await answer(open('127.0.0.3'));
      await until(() => (openOf(reading).length === 17 ? true : undefined), 'three ends');
      const last = openOf(reading).at(-1);
      last?.send(body);
      await until(() => (last?.received.includes('201 C') ? true : undefined), 'the reading to be accepted');
    });

    it('may all belong to one IP address while no other client connects', async () => {
      const mine = openMany(20, '127.0.0.2');
      await use(mine, STREAM);
      await open('127.0.0.2').closed;
      expect(openOf(mine)).toHaveLength(20);
      await gateway.waitForOutput(/The limit of 20 connections \(MAX_CONNECTIONS\) is reached/);
    });
  });
});

it('complete requests are never cut off for other clients, which get the next free place', async () => {
  // A store that never answers: questions to it wait.
  const server = await BadServer.start();
  server.answer = (response, path, body) => {
    if (!path.startsWith('/api/v2/query')) wellBehaved(response, path, body);
  };
  const gateway = await Gateway.start({
    ...NO_KEYS,
    ...server.variables,
    MAX_CONNECTIONS: '20',
    STORE_TIMEOUT: '60s',
  });
  const ask = 'GET /api/readings/s HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const asking = Array.from({ length: 20 }, () => new Line(gateway.url, '127.0.0.2'));
  for (const line of asking) line.send(ask);
  await until(
    () => (server.requests.filter(({ body }) => body.includes('\\"s\\"')).length >= 20 ? true : undefined),
    '20 questions to be asked',
  );
  await new Line(gateway.url, '127.0.0.3').closed;
  expect(openOf(asking)).toHaveLength(20);
  asking[0]?.end();
  // The place is free once the gateway saw that: until then everybody is refused.
  const isServed = async (from: string): Promise<boolean> => {
    const line = new Line(gateway.url, from);
    line.send(GET);
    await until(() => (line.isClosed || answered(line) ? true : undefined), 'an outcome');
    return answered(line);
  };
  const served = await until(async () => {
    const greedy = await isServed('127.0.0.2');
    return (await isServed('127.0.0.3')) ? { greedy } : undefined;
  }, 'the other IP address to be served');
  expect(served).toEqual({ greedy: false });
  for (const line of asking) line.end();
  await server.stop();
  await gateway.stop();
});

it('a flood of connections from one IP address does not keep out a device at another', async () => {
  const gateway = await Gateway.start({ ...NO_KEYS, MAX_CONNECTIONS: '100' });
  let over = (): void => undefined;
  let isOver = false;
  const end = new Promise<void>((resolve) => (over = resolve)).then(() => (isOver = true));
  let made = 0;
  const flood = async (): Promise<void> => {
    while (!isOver && made < 10_000) {
      made += 1;
      const line = new Line(gateway.url, '127.0.0.2');
      line.send('GET ');
      // Those that are let in stay, the others come again.
      await Promise.race([line.closed, end]);
      line.end();
    }
  };
  const flooding = Array.from({ length: 300 }, flood);
  await gateway.waitForOutput(/The limit of 100 connections/);
  for (let count = 0; count < 20; count += 1) {
    const device = new Line(gateway.url, '127.0.0.3');
    await answer(device);
    device.end();
    await device.closed;
  }
  over();
  await Promise.all(flooding);
  expect(made).toBeGreaterThan(1_000);
  await gateway.stop();
});
