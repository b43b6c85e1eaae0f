import { Gateway } from '../../support/gateway.js';
import { describeStreamContract } from '../stream.contract.js';

describe('the stream over the embedded store', () => {
  describeStreamContract((variables) => Gateway.start(variables));
});
