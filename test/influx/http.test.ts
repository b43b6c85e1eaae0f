import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { describeHttpContract } from '../e2e/http.contract.js';

describe('the gateway over InfluxDB', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  describeHttpContract(async () => Gateway.start(influxd.variables(await influxd.createBucket())));

  it('answers 422 to a reading that is older than the retention', async () => {
    const gateway = await Gateway.start(influxd.variables(await influxd.createBucket(7 * 86_400)));
    const old = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1, timestamp: '2020-01-01T00:00:00Z' };
    const response = await gateway.post('/api/ingest', old);
    expect([response.status, await response.json()]).toEqual([
      422,
      expect.objectContaining({ code: 'READING_REFUSED', detail: expect.stringContaining('retention') }),
    ]);
    await gateway.stop();
  });
});
