import { backup, restore } from '../support/backup.js';
import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';

describe('a backup of a gateway over InfluxDB', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(() => influxd.stop());

  it("holds what is the gateway's, and what the bucket does not have yet", async () => {
    const store = influxd.variables(await influxd.createBucket());
    // The bucket takes nothing with it.
    const refused = { ...store, INFLUXDB_TOKEN: 'wrong' };
    const dataDir = emptyFolder();
    const send = async (gateway: Gateway, sensorId: string): Promise<void> => {
      const response = await gateway.post('/api/ingest', { sensorId, zone: 'z', value: 1, latencyMs: 1 });
      expect(response.status).toBe(201);
    };
    const first = await Gateway.start({ DATA_DIR: dataDir, ...store });
    await send(first, 'stored');
    await first.settled();
    await first.stop();
    const second = await Gateway.start({ DATA_DIR: dataDir, ...refused });
    await send(second, 'queued');
    const dir = emptyFolder();
    const made = await backup(second, dir);
    expect(made).toMatchObject({ code: 0 });
    expect(made.output).toContain('0 readings of the embedded store');
    await second.stop('SIGKILL');

    const restored = emptyFolder();
    expect(await restore(dir, restored)).toMatchObject({ code: 0 });
    const third = await Gateway.start({ DATA_DIR: restored, ...store });
    await third.settled();
    expect(await third.pipeline()).toMatchObject({ accepted: 2, stored: 2, queued: 0, damaged: 0 });
    for (const sensorId of ['stored', 'queued'])
      expect(await third.json(`/api/readings/${sensorId}`)).toMatchObject([{ sensorId, value: 1 }]);
    const sensors = (await third.json('/api/sensors')) as { sensorId: string }[];
    expect(sensors.map(({ sensorId }) => sensorId)).toEqual(['queued', 'stored']);
    await third.stop();
  });
});
