import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LocalKeyStorage } from '../../src/auth/local-key-storage.js';
import { emptyFolder, fileOptions } from '../support/environment.js';
import { describeKeyStorage } from './key-storage.contract.js';

describe('LocalKeyStorage', () => {
  describeKeyStorage(() => {
    const folder = emptyFolder();
    const file = join(folder, 'keys.db');
    return { open: () => LocalKeyStorage.open(file, fileOptions(folder)), writerArgs: [file] };
  });

  const withKey = async (): Promise<{ file: string; open: () => Promise<LocalKeyStorage> }> => {
    const folder = emptyFolder();
    const file = join(folder, 'keys.db');
    const open = (): Promise<LocalKeyStorage> => LocalKeyStorage.open(file, fileOptions(folder));
    const storage = await open();
    await storage.create({ name: 'k', role: 'admin' });
    await storage.close();
    return { file, open };
  };

  it('moves a damaged file aside, and asks for a key nevertheless', async () => {
    const { file, open } = await withKey();
    const text = 'this is no database, but long enough to be taken for one';
    writeFileSync(file, text);
    const storage = await open();
    expect(readFileSync(String(storage.damagedFile), 'utf8')).toBe(text);
    expect(await storage.read()).toMatchObject({ keys: [], isProtected: true });
    await storage.close();
  });

  it('notices that the file is missing although a key was made', async () => {
    const { file, open } = await withKey();
    for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
    const storage = await open();
    expect(await storage.read()).toMatchObject({ keys: [], isProtected: true, wasMissing: true });
    await storage.close();
  });
});
