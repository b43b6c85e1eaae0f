import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LocalEventStorage } from '../../src/logs/local-event-storage.js';
import { emptyFolder, fileOptions } from '../support/environment.js';
import { describeEventStorage } from './event-storage.contract.js';

describe('LocalEventStorage', () => {
  describeEventStorage(() => {
    const folder = emptyFolder();
    const file = join(folder, 'system-log.db');
    return { open: () => LocalEventStorage.open(file, fileOptions(folder)), writerArgs: [file] };
  });

  it('moves a damaged file aside, and starts a log with another identity', async () => {
    const folder = emptyFolder();
    const file = join(folder, 'system-log.db');
    const first = await LocalEventStorage.open(file, fileOptions(folder));
    const { identity } = await first.state();
    await first.close();
    const text = 'this is no database, but long enough to be taken for one';
    writeFileSync(file, text);
    const second = await LocalEventStorage.open(file, fileOptions(folder));
    expect(readFileSync(String(second.damagedFile), 'utf8')).toBe(text);
    expect((await second.state()).identity).not.toBe(identity);
    await second.close();
  });
});
