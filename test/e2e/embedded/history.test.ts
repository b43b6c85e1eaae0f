import { Gateway } from '../../support/gateway.js';
import { describeHistoryContract } from '../history.contract.js';

describe('history over the embedded store', () => {
  describeHistoryContract(() => Gateway.start());
});
