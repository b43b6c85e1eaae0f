import { describeStreamContract } from '../e2e/stream.contract.js';
import { InfluxGateways } from '../support/influx-gateways.js';

describe('the stream over InfluxDB', () => {
  describeStreamContract(new InfluxGateways().start);
});
