import { DataDir } from '../../src/data-dir/data-dir.js';
import { emptyFolder } from '../support/environment.js';
import { describeOwnership } from './ownership.contract.js';

describe('DataDir', () => {
  describeOwnership(() => {
    const folder = emptyFolder();
    return {
      open: async () => {
        // A claim that fails throws at once.
        await Promise.resolve();
        return DataDir.claim(folder, 0);
      },
      writerArgs: [folder],
    };
  });
});
