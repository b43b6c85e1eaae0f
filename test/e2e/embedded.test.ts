import { Gateway } from '../support/gateway.js';
import { describeHistoryContract } from './history.contract.js';
import { describeHttpContract } from './http.contract.js';
import { describeRulesContract } from './rules.contract.js';
import { describeSensorsContract } from './sensors.contract.js';
import { describeStreamContract } from './stream.contract.js';

describe('the gateway over the embedded store', () => {
  const start = (variables?: Record<string, string>): Promise<Gateway> => Gateway.start(variables);

  describeHttpContract(start);

  describe('sensors', () => {
    describeSensorsContract(start);
  });

  describe('rules', () => {
    describeRulesContract(start);
  });

  describe('the stream', () => {
    describeStreamContract(start);
  });

  describe('gives history back', () => {
    describeHistoryContract(start);
  });
});
