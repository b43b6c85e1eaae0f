import { Gateway } from '../../support/gateway.js';
import { describeRulesContract } from '../rules.contract.js';

describe('rules over the embedded store', () => {
  describeRulesContract((variables) => Gateway.start(variables));
});
