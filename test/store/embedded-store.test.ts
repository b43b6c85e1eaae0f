import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { EmbeddedStore } from '../../src/influx/embedded/embedded-store.js';
import type { Reading } from '../../src/model/reading.js';
import { emptyFolder, fileOptions, until } from '../support/environment.js';
import { describeReadingStore } from './reading-store.contract.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';

const newFile = (): string => join(emptyFolder(), 'readings.db');

describe('EmbeddedStore', () => {
  describeReadingStore(() => EmbeddedStore.open(newFile(), fileOptions()));

  it('keeps readings when it is closed and opened again', async () => {
    const file = newFile();
    const reading = { sensorId: 's', zone: 'z', value: 1, latencyMs: 2, timestampUs: 3 };
    const first = await EmbeddedStore.open(file, fileOptions());
    await first.write(ReadingColumns.of([reading]), AbortSignal.timeout(10_000));
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

  it('moves a damaged file aside and starts with a new one', async () => {
    const file = newFile();
    const text = 'this is no database, but long enough to be taken for one';
    writeFileSync(file, text);
    const store = await EmbeddedStore.open(file, fileOptions());
    expect(readFileSync(String(store.damagedFile), 'utf8')).toBe(text);
    expect(await store.latest('s', AbortSignal.timeout(10_000))).toBeUndefined();
    await store.close();
  });

  it('does not change a file of a newer gateway', async () => {
    const file = newFile();
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    await expect(EmbeddedStore.open(file, fileOptions())).rejects.toThrow(/written by a newer gateway/);
  });

  const signal = (): AbortSignal => AbortSignal.timeout(30_000);
  const at = (sensorId: string, timestampUs: number): Reading => ({
    sensorId,
    zone: 'z',
    value: 1,
    timestampUs,
  });

  it('stores a group of several transactions as if its readings had come one by one', async () => {
    const store = await EmbeddedStore.open(newFile(), fileOptions());
    // A fifth of them write the same points again and again, with and without a latency.
    const written = Array.from({ length: 50_000 }, (_, n): Reading => ({
      ...{ sensorId: `s${(n * 7_919) % 900}`, zone: n % 3 === 0 ? 'a' : 'b', value: n },
      ...{
        timestampUs: ((n * 31) % 40) + (n % 5 === 0 ? 0 : 100 + n),
        latencyMs: n % 7 === 0 ? n : undefined,
      },
    }));
    const points = new Map<string, Reading>();
    for (const one of written) {
      const point = `${one.sensorId} ${String(one.timestampUs).padStart(6)} ${one.zone}`;
      points.set(point, { ...one, latencyMs: one.latencyMs ?? points.get(point)?.latencyMs });
    }
    await store.write(ReadingColumns.of(written), signal());
    const found: Reading[] = [];
    for await (const sensorId of store.sensorIds({ fromUs: 0, toUs: 1e6 }, signal()))
      found.push(...(await store.readings({ sensorId, fromUs: 0, toUs: 1e6, limit: 100 }, signal())));
    expect(found).toEqual([...points.keys()].sort().map((point) => points.get(point)));
    await store.close();
  });

  it('answers other queries, and writes, while a query about many readings runs', async () => {
    const store = await EmbeddedStore.open(newFile(), fileOptions());
    const count = 400_000;
    for (let first = 0; first < count; first += 50_000) {
      const readings = Array.from({ length: 50_000 }, (_, index) => at('many', first + index));
      await store.write(ReadingColumns.of(readings), signal());
    }
    const order: string[] = [];
    const done = (name: string) => (): void => {
      order.push(name);
    };
    const range = { sensorId: 'many', fromUs: 0, toUs: count, everyUs: 1_000 };
    await Promise.all([
      store.buckets(range, signal()).then(done('buckets')),
      store.latest('many', signal()).then(done('latest')),
      store.write(ReadingColumns.of([at('other', 1)]), signal()).then(done('write')),
    ]);
    expect(order.at(-1)).toBe('buckets');
    await store.close();
  });

  it('deletes readings older than the retention, and still finds the latest of the other sensors', async () => {
    const file = newFile();
    const now = Date.now() * 1000;
    const first = await EmbeddedStore.open(file, fileOptions());
    const old = Array.from({ length: 1_500 }, (_, index) => at(`old-${index}`, now - 7_200e6 + index));
    const mixed = Array.from({ length: 5_000 }, (_, index) => at('mixed', now - 4_000e6 + index * 1e6));
    await first.write(ReadingColumns.of([...old, ...mixed, at('zz fresh', now)]), signal());
    await first.close();

    const clock = { nowMs: now / 1000 };
    const retention = { keepMs: 3_600_000, clock };
    const store = await EmbeddedStore.open(file, { ...fileOptions(), retention });
    const all = (): Promise<Reading[]> =>
      store.readings({ sensorId: 'mixed', fromUs: 0, toUs: now * 2, limit: 10_000 }, signal());
    const kept = mixed.filter(({ timestampUs }) => timestampUs >= now - 3_600e6);
    const rest = await until(async () => {
      const left = await all();
      return left.length <= kept.length ? left : undefined;
    }, 'the old readings to go');
    expect(rest).toEqual(kept);
    const gone = old.length + mixed.length - kept.length;
    await until(() => store.removedReadings === gone || undefined, `${gone} readings to be counted`);
    const latest: string[] = [];
    for await (const { sensorId } of store.allLatest(signal())) latest.push(sensorId);
    expect(latest).toEqual(['mixed', 'zz fresh']);
    await store.close();
    await store.close();
  });
});
