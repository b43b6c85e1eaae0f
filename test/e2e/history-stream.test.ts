import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';

import { formatTimestamp } from '../../src/model/timestamp.js';
import { BadServer, wellBehaved } from '../support/bad-server.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const HEADER =
  '#datatype,string,long,dateTime:RFC3339,double,string,string,string\r\n#group,false,false,false,false,true,true,true\r\n' +
  '#default,_result,,,,,,\r\n,result,table,_time,_value,_field,zone,sensor_id\r\n';
const RANGE = 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';
const CSV = { accept: 'text/csv' };

/** InfluxDB's answer to a query for some readings: as many as are asked for, all in the first second. */
function manyReadings(query: string): string {
  const [, start = ''] = /range\(start: (?:time\(v: ")?([-\dT:.]+Z)/.exec(query) ?? [];
  const count = Number(/limit\(n: (\d+)\)/.exec(query)?.[1]);
  const startUs = Date.parse(start) * 1000;
  const rows = Array.from(
    { length: count },
    (_, index) => `,,0,${formatTimestamp(startUs + index * 100)},1,value,z,s\r\n`,
  );
  return HEADER + rows.join('');
}

describe('a stream of readings', () => {
  let server: BadServer;
  let gateway: Gateway;
  let queries = 0;

  beforeEach(async () => {
    queries = 0;
    server = await BadServer.start();
    gateway = await Gateway.start({ ...server.variables, STORE_TIMEOUT: '2s' });
  });
  afterEach(async () => {
    await gateway.stop();
    await server.stop();
  });

  /** Lets queries be answered with readings without end, until there were so many, and then fail. */
  const failAfter = (fine: number): void => {
    server.answer = (response, path, body) => {
      if (!body.includes('limit(n:')) wellBehaved(response, path, body);
      else if ((queries += 1) > fine) response.writeHead(500).end('{"message":"broken"}');
      else response.end(manyReadings((JSON.parse(body) as { query: string }).query));
    };
  };

  it('is answered 503 when the store fails before it begins', async () => {
    failAfter(0);
    const response = await gateway.get(`/api/readings/s?${RANGE}`, { headers: CSV });
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'STORE_UNAVAILABLE' }]);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('breaks the connection when the store fails later, so that no truncated file looks complete', async () => {
    failAfter(3);
    const response = await gateway.get(`/api/readings/s?${RANGE}`, { headers: CSV });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(queries).toBe(4);
    await gateway.waitForOutput(/was cut off/);
    expect(await gateway.json('/api/health')).toEqual({ status: 'ok' });
  });

  it.each(['identity', 'gzip'])('has its headers before the first reading is found: %s', async (encoding) => {
    server.answer = (response, path, body) => {
      if (!/limit\(n:|first\(\)/.test(body)) wellBehaved(response, path, body);
      // There are no readings of one sensor, and no answer about the other one.
      else if (!body.includes('\\"silent\\"')) response.end(HEADER);
    };
    const headers = { accept: 'application/x-ndjson', 'accept-encoding': encoding };
    const response = await gateway.get(`/api/readings?sensorId=empty,silent&${RANGE}`, { headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    await expect(response.text()).rejects.toThrow();
  });

  it('reads only as fast as the client, and ends when it disconnects', async () => {
    failAfter(Infinity);
    const request = get(`${gateway.url}/api/readings/s?${RANGE}`, { headers: CSV });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const settled = async (): Promise<number> => {
      let before = -1;
      return until(async () => {
        if (queries === before) return queries;
        before = queries;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return undefined;
      }, 'the reading to pause');
    };
    const paused = await settled();
    expect(paused).toBeLessThan(60);
    response.resume();
    await until(() => (queries > paused ? true : undefined), 'the reading to go on');
    request.destroy();
    const ended = await settled();
    expect(await gateway.json('/api/health')).toEqual({ status: 'ok' });
    expect(queries).toBe(ended);
    expect(gateway.output).not.toMatch(/was cut off|"level":50/);
  });

  /** Lets InfluxDB have many sensors, each with one reading, until one fails. */
  const manySensors = (fine: number): void => {
    server.answer = (response, path, body) => {
      if (body.includes('distinct(')) {
        const header = '#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n';
        const rows = Array.from({ length: 100_000 }, (_, index) => `,,0,sensor-${index}\r\n`);
        response.end(`${header},result,table,_value\r\n${rows.join('')}`);
      } else if (!body.includes('limit(n:')) wellBehaved(response, path, body);
      else if ((queries += 1) > fine) response.writeHead(500).end('{"message":"broken"}');
      else
        response.end(
          manyReadings(
            (JSON.parse(body) as { query: string }).query.replace(/limit\(n: \d+\)/, 'limit(n: 100)'),
          ),
        );
    };
  };
  const DAY = 'from=2026-01-01T00:00:00Z&to=2026-01-01T00:01:00Z';

  it('of all sensors breaks the connection when the store fails', async () => {
    manySensors(250);
    const response = await gateway.get(`/api/readings?${DAY}`, { headers: CSV });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(queries).toBe(251);
    await gateway.waitForOutput(/was cut off/);
  });

  it('of all sensors ends when the client disconnects', async () => {
    manySensors(Infinity);
    const request = get(`${gateway.url}/api/readings?zone=z&${DAY}`, { headers: CSV });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    request.destroy();
    let before = -1;
    await until(async () => {
      if (queries === before) return true;
      before = queries;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return undefined;
    }, 'the reading to end');
    expect(queries).toBeLessThan(50_000);
    expect(gateway.output).not.toMatch(/was cut off|"level":50/);
  });

  it('is neither read nor sent for HEAD', async () => {
    failAfter(Infinity);
    const response = await gateway.get(`/api/readings/s?${RANGE}`, { method: 'HEAD', headers: CSV });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(queries).toBeLessThan(3);
  });
});

// Memory is read from /proc.
describe('a long stream', () => {
  (process.platform === 'linux' ? it : it.skip)('takes no more memory than a short one', async () => {
    // With a small heap, as V8 else lets it grow to many times what is in use.
    const gateway = await Gateway.start({}, ['node', '--max-old-space-size=96', 'dist/main.js']);
    const count = 600_000;
    const batch = 10_000;
    for (let first = 0; first < count; first += batch) {
      const readings = Array.from({ length: batch }, (_, index) => ({
        sensorId: 's',
        zone: 'z',
        value: first + index,
        latencyMs: 1,
        timestamp: Date.UTC(2026, 0, 1) + (first + index) * 1000,
      }));
      expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
    }
    await gateway.settled();
    const rssMiB = (): number =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1024;
    /** @returns how many lines came, and the most memory that was seen meanwhile */
    const read = async (to: string): Promise<{ lines: number; peakMiB: number }> => {
      const response = await gateway.get(`/api/readings/s?from=2026-01-01T00:00:00Z&to=${to}`, {
        headers: CSV,
      });
      let lines = 0;
      let peakMiB = 0;
      for await (const chunk of response.body ?? []) {
        for (const byte of chunk as Uint8Array) if (byte === 10) lines += 1;
        peakMiB = Math.max(peakMiB, rssMiB());
      }
      return { lines, peakMiB };
    };
    for (let warm = 0; warm < 3; warm += 1) await read('2026-01-01T16:40:00Z');
    const short = await read('2026-01-01T16:40:00Z');
    const long = await read('2026-02-01T00:00:00Z');
    expect([short.lines, long.lines]).toEqual([60_001, count + 1]);
    expect(long.peakMiB - short.peakMiB).toBeLessThan(30);
    await gateway.stop();
  });
});
