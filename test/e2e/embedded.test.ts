import { Gateway } from '../support/gateway.js';
import { describeHttpContract } from './http.contract.js';

describe('the gateway over the embedded store', () => {
  describeHttpContract(() => Gateway.start());
});
