import { Gateway } from '../support/gateway.js';
import { describeHistoryContract } from './history.contract.js';
import { describeHttpContract } from './http.contract.js';
import { describeSensorsContract } from './sensors.contract.js';
import { describeStreamContract } from './stream.contract.js';

describe('the gateway over the embedded store', () => {
  describeHttpContract(() => Gateway.start());

  describe('sensors', () => {
    describeSensorsContract((variables) => Gateway.start(variables));
  });

  describe('the stream', () => {
    describeStreamContract((variables) => Gateway.start(variables));
  });

  describe('gives history back', () => {
    describeHistoryContract(() => Gateway.start());
  });
});
