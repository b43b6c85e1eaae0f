import { describeRulesContract } from '../e2e/rules.contract.js';
import { InfluxGateways } from '../support/influx-gateways.js';

describe('rules over InfluxDB', () => {
  describeRulesContract(new InfluxGateways().start);
});
