import { describeImport } from '../e2e/import.contract.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';

describe('import into InfluxDB', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  describeImport(async () => Gateway.start(influxd.variables(await influxd.createBucket())));
});
