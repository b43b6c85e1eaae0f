import { Gateway } from '../../support/gateway.js';
import { describeHttpContract } from '../http.contract.js';

describe('readings over the embedded store', () => {
  describeHttpContract(() => Gateway.start());
});
