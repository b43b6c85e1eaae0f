import { InfluxDB } from 'influx';

import { Gateways, portOf, valuesOf } from './gateways.js';

/** The client that Node-RED's node-red-contrib-influxdb uses for InfluxDB 1. */
describe('the npm package influx', () => {
  let gateways: Gateways;

  beforeAll(async () => {
    gateways = await Gateways.start();
  });
  afterAll(async () => {
    await gateways.stop();
  });

  const connect = (which: 'open' | 'locked', password?: string): InfluxDB =>
    new InfluxDB({
      host: '127.0.0.1',
      port: Number(portOf(gateways[which])),
      database: 'halls',
      username: 'node-red',
      ...(password !== undefined && { password }),
    });
  const point = (sensorId: string, value: number | string): object => ({
    measurement: 'sensor_predictions',
    tags: { sensor_id: sensorId, zone: 'hall 1' },
    fields: { value },
  });

  it.each(['open', 'locked'] as const)('connects and writes: %s', async (which) => {
    const client = connect(which, which === 'locked' ? gateways.key : undefined);
    const [host] = await client.ping(5_000);
    expect(host).toMatchObject({ online: true, version: expect.stringMatching(/^predictionx-/) as unknown });
    expect(await client.getDatabaseNames()).toEqual(['predictionx']);
    await client.createDatabase('halls');
    await client.writePoints([point('node_now', 21.5)]);
    await client.writePoints(
      [{ ...point('node_then', 1.5), timestamp: new Date('2026-01-30T14:00:00.25Z') }],
      { precision: 'ms' },
    );
    expect(await valuesOf(gateways[which], 'node_now')).toEqual([21.5]);
    expect(await gateways[which].json('/api/latest/node_then')).toMatchObject({
      timestamp: '2026-01-30T14:00:00.25Z',
    });
    await expect(client.query('SELECT * FROM sensor_predictions')).rejects.toThrow('GET /api/latest');
    await expect(client.writePoints([point('node_text', 'hot'), point('node_good', 1)])).rejects.toThrow(
      /partial write: 1 of 2 .*value.*hot[^]*dropped=1/,
    );
    expect(await valuesOf(gateways[which], 'node_text', 'node_good')).toEqual([undefined, 1]);
  });

  it('is told that a key is wrong', async () => {
    const client = connect('locked', 'wrong');
    await expect(client.getDatabaseNames()).rejects.toThrow('key');
    await expect(client.writePoints([point('node_wrong', 1)])).rejects.toThrow('key');
  });
});
