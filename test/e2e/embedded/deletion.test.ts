import { Gateway } from '../../support/gateway.js';
import { describeDeletionContract } from '../deletion.contract.js';

describe('deleting readings of the embedded store', () => {
  describeDeletionContract(() => Gateway.start());
});
