import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { EmbeddedStore } from '../../src/influx/embedded-store.js';
import { emptyFolder, fileOptions } from '../support/environment.js';
import { describeReadingStore } from './reading-store.contract.js';

const newFile = (): string => join(emptyFolder(), 'readings.db');

describe('EmbeddedStore', () => {
  describeReadingStore(() => EmbeddedStore.open(newFile(), fileOptions()));

  it('keeps readings when it is closed and opened again', async () => {
    const file = newFile();
    const reading = { sensorId: 's', zone: 'z', value: 1, latencyMs: 2, timestampUs: 3 };
    const first = await EmbeddedStore.open(file, fileOptions());
    await first.write([reading], AbortSignal.timeout(10_000));
    await first.close();
    const second = await EmbeddedStore.open(file, fileOptions());
    expect(await second.latest('s', AbortSignal.timeout(10_000))).toEqual(reading);
    await second.close();
  });

  it('answers StoreUnavailable once it is closed', async () => {
    const store = await EmbeddedStore.open(newFile(), fileOptions());
    await store.close();
    await expect(store.latest('s', AbortSignal.timeout(1_000))).rejects.toThrow(/shutting down/);
  });

  it('keeps a damaged file aside and begins anew', async () => {
    const file = newFile();
    const text = 'this is no database, but long enough to be taken for one';
    writeFileSync(file, text);
    const store = await EmbeddedStore.open(file, fileOptions());
    expect(readFileSync(String(store.damagedFile), 'utf8')).toBe(text);
    expect(await store.latest('s', AbortSignal.timeout(10_000))).toBeUndefined();
    await store.close();
  });

  it('leaves a file of a newer gateway alone', async () => {
    const file = newFile();
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    await expect(EmbeddedStore.open(file, fileOptions())).rejects.toThrow(/written by a newer gateway/);
  });
});
