import { describeHttpContract } from '../e2e/http.contract.js';
import { Gateway } from '../support/gateway.js';
import { InfluxGateways } from '../support/influx-gateways.js';

describe('readings over InfluxDB', () => {
  const gateways = new InfluxGateways();

  describeHttpContract(gateways.start);

  it('makes dead letters of readings older than the retention, and stores the others of the request', async () => {
    const gateway = await Gateway.start(await gateways.newBucket(7 * 86_400));
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
