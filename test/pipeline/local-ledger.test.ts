import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { reloadLatestAtNextStart } from '../../src/pipeline/reload-latest.js';
import { LocalLedger } from '../../src/pipeline/state/local-ledger.js';
import { emptyFolder, fileOptions } from '../support/environment.js';
import { describeLedger, letter, saved, stepTo } from './ledger.contract.js';

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

  it('leaves it to the gateway to find damaged dead letters when its latest readings are to be loaded again', async () => {
    const folder = emptyFolder();
    const file = join(folder, 'state.db');
    const first = await LocalLedger.open(file, fileOptions(folder));
    await first.step(stepTo(2, { deadLetters: [letter(1), letter(2)] }));
    await first.latestLoaded(saved(2));
    await first.close();
    const db = new Database(file);
    db.exec('UPDATE dead_letters SET crc = crc + 1 WHERE id = 1');
    db.close();
    await reloadLatestAtNextStart(folder, fileOptions(folder));
    const ledger = await LocalLedger.open(file, fileOptions(folder));
    expect(ledger.start).toMatchObject({ damagedDeadLetters: 1, latestLoaded: false });
    await ledger.close();
  });
});
