import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LocalLedger } from '../../src/pipeline/state/local-ledger.js';
import { emptyFolder, fileOptions } from '../support/environment.js';
import { describeLedger } from './ledger.contract.js';

describe('LocalLedger', () => {
  describeLedger(() => {
    const folder = emptyFolder();
    const file = join(folder, 'state.db');
    return { open: () => LocalLedger.open(file, fileOptions(folder)), writerArgs: [file] };
  });

  it('moves a damaged file aside, and starts as a new one', async () => {
    const folder = emptyFolder();
    const file = join(folder, 'state.db');
    const text = 'this is no database, but long enough to be taken for one';
    writeFileSync(file, text);
    const ledger = await LocalLedger.open(file, fileOptions(folder));
    expect(readFileSync(String(ledger.damagedFile), 'utf8')).toBe(text);
    expect(ledger.start.releasedSeq).toBeUndefined();
    await ledger.close();
  });
});
