import { join } from 'node:path';

import { Journal } from '../../src/journal/journal.js';
import { emptyFolder, fileOptions } from '../support/environment.js';
import { describeReadingLog, MAX_BYTES } from './reading-log.contract.js';

describe('Journal', () => {
  describeReadingLog(() => {
    const folder = emptyFolder();
    const path = join(folder, 'journal');
    const options = { releasedSeq: 0, reserveBytes: 0 };
    return {
      open: () => Journal.open(path, MAX_BYTES, fileOptions(folder), options),
      writerArgs: [path, String(MAX_BYTES)],
    };
  });
});
