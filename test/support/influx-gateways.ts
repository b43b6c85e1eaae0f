import { Gateway } from './gateway.js';
import { Influxd } from './influxd.js';

/** Gateways over a real InfluxDB, which runs while the tests of this file do. */
export class InfluxGateways {
  private influxd: Influxd | undefined;
  private home: Record<string, string> = {};

  constructor() {
    beforeAll(async () => {
      this.influxd = await Influxd.start();
    });
    afterAll(async () => {
      await this.influxd?.stop();
    });
  }

  /** Over a new bucket; a gateway that starts again in the same folder keeps its bucket. */
  readonly start = async (variables: Record<string, string> = {}): Promise<Gateway> => {
    if (variables.DATA_DIR === undefined) this.home = await this.newBucket();
    return Gateway.start({ ...this.home, ...variables });
  };

  /** The variables for a new bucket; retention in seconds, 0 keeps for ever. */
  async newBucket(retentionSeconds = 0): Promise<Record<string, string>> {
    if (!this.influxd)
      throw new Error('InfluxDB does not run yet: only tests and hooks may ask for a bucket');
    return this.influxd.variables(await this.influxd.createBucket(retentionSeconds));
  }
}
