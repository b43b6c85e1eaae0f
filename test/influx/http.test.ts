import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { describeHistoryContract } from '../e2e/history.contract.js';
import { describeHttpContract } from '../e2e/http.contract.js';
import { describeRulesContract } from '../e2e/rules.contract.js';
import { describeSensorsContract } from '../e2e/sensors.contract.js';
import { describeStreamContract } from '../e2e/stream.contract.js';

describe('the gateway over InfluxDB', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  let home: Record<string, string>;
  /** Over a bucket of its own; what starts again in a folder goes on with the bucket of before. */
  const start = async (variables: Record<string, string> = {}): Promise<Gateway> => {
    if (variables.DATA_DIR === undefined) home = influxd.variables(await influxd.createBucket());
    return Gateway.start({ ...home, ...variables });
  };

  describeHttpContract(start);

  describe('sensors', () => {
    describeSensorsContract(start);
  });

  describe('rules', () => {
    describeRulesContract(start);
  });

  describe('the stream', () => {
    describeStreamContract(start);
  });

  describe('gives history back', () => {
    describeHistoryContract(start);
  });

  it('sets aside what is older than the retention, and stores what stands beside it', async () => {
    const gateway = await Gateway.start(influxd.variables(await influxd.createBucket(7 * 86_400)));
    const reading = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
    const fresh = { ...reading, timestamp: Date.now() };
    const old = { ...reading, timestamp: '2020-01-01T00:00:00Z' };
    await gateway.post('/api/ingest/batch', [old, fresh]);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 2, stored: 1, deadLettered: 1 });
    expect(await gateway.json('/api/readings/s')).toHaveLength(1);
    expect(await gateway.json('/api/dead-letters')).toEqual([
      { id: 1, time: expect.any(String), reason: expect.stringContaining('retention'), reading: old },
    ]);
    await gateway.stop();
  });
});
