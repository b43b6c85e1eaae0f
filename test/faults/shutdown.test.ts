import { type ClientRequest, request as sendRequest } from 'node:http';
import { connect, type Socket } from 'node:net';

import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { fromInfluxDb, settle, Watch } from './account.js';
import { FaultProxy } from './fault-proxy.js';
import { Load } from './load.js';

const WITHIN_MS = 10_000;

describe('a gateway on SIGTERM', () => {
  let influxd: Influxd;
  let env: Record<string, string>;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  beforeEach(async () => {
    env = influxd.variables(await influxd.createBucket());
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const stopInTime = async (gateway: Gateway): Promise<void> => {
    const before = Date.now();
    expect(await gateway.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - before).toBeLessThan(WITHIN_MS);
  };

  it('answers every request that it has begun to read, even when the rest comes after the signal', async () => {
    const gateway = await Gateway.start(env);
    const load = new Load(10, 'stop');
    const batches = Array.from({ length: 8 }, () => load.next(2_000));
    const requests = batches.map((readings) => new InTwoHalves(gateway, JSON.stringify(readings)));
    await Promise.all(requests.map(({ begun }) => begun));
    const stopping = stopInTime(gateway);
    await gateway.waitForOutput(/Stopping on SIGTERM/);
    const answers = await Promise.all(requests.map((request) => request.finish()));
    await stopping;
    expect(answers).toEqual(batches.map(() => 200));
    for (const readings of batches) load.ledger.put(readings, load.ledger.acknowledged);
    const second = await Gateway.start({ ...env, DATA_DIR: gateway.dataDir });
    await settle('SIGTERM with 8 batches of 2,000 in flight', load, second, fromInfluxDb(env, influxd.url));
    await second.stop();
  });

  it('loses nothing under load that continues, in several runs', async () => {
    const load = new Load(10, 'stop');
    let gateway = await Gateway.start(env);
    const sending = load.send(() => gateway);
    const watch = new Watch(() => gateway, load);
    for (let stop = 0; stop < 3; stop += 1) {
      await load.untilMore(2_000);
      await stopInTime(gateway);
      gateway = await Gateway.start({ ...env, DATA_DIR: gateway.dataDir, PORT: new URL(gateway.url).port });
    }
    load.stop();
    await sending;
    await watch.stop();
    expect(watch.wrong).toEqual([]);
    await settle('SIGTERM under load that goes on, 3 times', load, gateway, fromInfluxDb(env, influxd.url));
    await gateway.stop();
  });

  it('ends in time although a client never ends its request, and InfluxDB never answers', async () => {
    const proxy = await FaultProxy.start(influxd.url);
    proxy.set({ kind: 'stall' });
    const gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url, STORE_TIMEOUT: '60s' });
    const load = new Load(10, 'stop');
    for (let batch = 0; batch < 10; batch += 1) await load.sendBatch(gateway, 100);
    await until(() => (proxy.acted > 0 ? true : undefined), 'a write to be stalled');
    const slow = await halfARequest(gateway);
    await stopInTime(gateway);
    slow.destroy();
    proxy.heal();
    const second = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url, DATA_DIR: gateway.dataDir });
    const fault = 'SIGTERM while InfluxDB stalls and a client never ends its request';
    await settle(fault, load, second, fromInfluxDb(env, influxd.url));
    await second.stop();
    await proxy.stop();
  });
});

/**
 * A batch that is sent in two halves. It begins with Expect: 100-continue, so that it is known that the gateway has
 * read its head: a connection of which it has read nothing may be cut when it stops, as nothing of it is accepted.
 */
class InTwoHalves {
  /** Ends when the gateway has asked for the body and the first half of it is on its way. */
  readonly begun: Promise<void>;
  private readonly status: Promise<number>;
  private readonly request: ClientRequest;

  constructor(
    gateway: Gateway,
    private readonly body: string,
  ) {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue',
    };
    this.request = sendRequest(`${gateway.url}/api/ingest/batch`, { method: 'POST', headers, agent: false });
    this.status = new Promise((resolve, reject) => {
      this.request.on('error', reject).on('response', (response) => {
        response
          .resume()
          .on('error', reject)
          .on('end', () => {
            resolve(response.statusCode ?? 0);
          });
      });
    });
    this.begun = new Promise((resolve) => {
      this.request.on('continue', () => {
        this.request.write(this.body.slice(0, this.middle), () => {
          resolve();
        });
      });
    });
    this.request.flushHeaders();
  }

  /** @returns the status of the answer */
  finish(): Promise<number> {
    this.request.end(this.body.slice(this.middle));
    return this.status;
  }

  private get middle(): number {
    return this.body.length >>> 1;
  }
}

/** A request whose body is announced and half sent. */
async function halfARequest(gateway: Gateway): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const head = 'POST /api/ingest HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n';
  await new Promise((resolve) => socket.write(`${head}content-length: 100\r\n\r\n{"sensorId":`, resolve));
  return socket;
}
