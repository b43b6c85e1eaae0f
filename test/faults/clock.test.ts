import { embeddedStore } from './clock-walk.js';
import { describeLeaps } from './clock.contract.js';

describe('a clock that leaps, with the embedded store', () => {
  describeLeaps(embeddedStore());
});
