import { describeHistoryContract } from '../e2e/history.contract.js';
import { InfluxGateways } from '../support/influx-gateways.js';

describe('history over InfluxDB', () => {
  describeHistoryContract(new InfluxGateways().start);
});
