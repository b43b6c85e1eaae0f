import { influxDbStore } from './clock-walk.js';
import { describeLeaps } from './clock.contract.js';

describe('a clock that leaps, with InfluxDB', () => {
  describeLeaps(influxDbStore());
});
