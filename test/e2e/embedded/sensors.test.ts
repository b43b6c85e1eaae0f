import { Gateway } from '../../support/gateway.js';
import { describeSensorsContract } from '../sensors.contract.js';

describe('sensors over the embedded store', () => {
  describeSensorsContract((variables) => Gateway.start(variables));
});
