import { describeSensorsContract } from '../e2e/sensors.contract.js';
import { InfluxGateways } from '../support/influx-gateways.js';

describe('sensors over InfluxDB', () => {
  describeSensorsContract(new InfluxGateways().start);
});
