import Database from 'better-sqlite3';

import type { StorePlace } from '../../src/influx/store-place.js';
import { MIGRATIONS } from '../../src/pipeline/state/state-schema.js';
import { StoreTable } from '../../src/pipeline/state/store-table.js';

const EMBEDDED: StorePlace = { kind: 'embedded', url: '', org: '', bucket: '' };
const bucketAt = (url: string): StorePlace => ({ kind: 'influxdb', url, org: 'o', bucket: 'b' });

describe('what state.db remembers of its stores', () => {
  let table: StoreTable;

  beforeEach(() => {
    const db = new Database(':memory:');
    for (const sql of MIGRATIONS) db.exec(sql);
    table = new StoreTable(db);
  });

  it('takes the first store for the present one', () => {
    expect(table.current).toBeUndefined();
    expect(table.settle(EMBEDDED, undefined, 1_000)).toBe(false);
    expect(table.current).toMatchObject({ kind: 'embedded' });
    expect(table.untold()).toEqual([]);
    // An earlier version, which remembered no store, wrote the first 1,000 readings to it.
    table.settle(bucketAt('http://a'), undefined, 1_500);
    expect(table.untold()).toMatchObject([{ kind: 'embedded', written: 1_500 }]);
    table.settle(EMBEDDED, undefined, 1_600);
    expect(table.untold()).toMatchObject([{ url: 'http://a', written: 100 }]);
  });

  it('counts what was written to each store, back and forth, and tells of each change once', () => {
    table.settle(EMBEDDED, undefined, 0);
    expect(table.settle(bucketAt('http://a'), undefined, 10)).toBe(true);
    expect(table.settle(bucketAt('http://a'), undefined, 15)).toBe(false);
    const [left] = table.untold();
    expect(left).toMatchObject({ kind: 'embedded', written: 10 });
    table.told(left?.id ?? 0);
    expect(table.untold()).toEqual([]);
    expect(table.settle(EMBEDDED, undefined, 30)).toBe(true);
    expect(table.untold()).toMatchObject([{ url: 'http://a', written: 20 }]);
    // Back before anybody was told: only the store that is left now counts.
    expect(table.settle(bucketAt('http://a'), undefined, 31)).toBe(true);
    expect(table.untold()).toMatchObject([{ kind: 'embedded', written: 11 }]);
  });

  it('knows a bucket by its id, under another URL too, and tells buckets of one name apart', () => {
    table.settle(bucketAt('http://a'), undefined, 0);
    table.learnBucketId('1');
    expect(table.settle(bucketAt('http://b'), '1', 5)).toBe(false);
    expect(table.current).toMatchObject({ url: 'http://b', bucketId: '1' });
    expect(table.settle(bucketAt('http://c'), '2', 7)).toBe(true);
    expect(table.settle(bucketAt('http://d'), '1', 9)).toBe(true);
    expect(table.untold()).toMatchObject([{ url: 'http://c', written: 2 }]);
  });

  it('notices later that another URL was the same bucket, whose id was not known at the start', () => {
    table.settle(bucketAt('http://a'), undefined, 0);
    table.learnBucketId('1');
    expect(table.settle(bucketAt('http://b'), undefined, 5)).toBe(true);
    table.learnBucketId('1');
    expect(table.untold()).toEqual([]);
    table.settle(EMBEDDED, undefined, 8);
    expect(table.untold()).toMatchObject([{ url: 'http://b', written: 8 }]);
  });
});
