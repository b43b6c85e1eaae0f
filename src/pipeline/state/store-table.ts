import type Database from 'better-sqlite3';

import { isSamePlace, type StorePlace } from '../../influx/store-place.js';

/** A store that readings went to before. */
export interface LeftStore extends StorePlace {
  readonly id: number;
  /** How many readings this gateway wrote to it. */
  readonly written: number;
}

interface StoreRow extends LeftStore {
  readonly bucketId: string | null;
  /** The pipeline's counter of stored readings when the gateway began to write to it. */
  readonly storedBefore: number;
}

const COLUMNS = 'id, kind, url, org, bucket, bucket_id AS bucketId, written, stored_before AS storedBefore';

/** Which store the knowledge of state.db is of, and which ones it was of before. */
export class StoreTable {
  private readonly currentRow: Database.Statement<[], StoreRow>;
  private readonly allRows: Database.Statement<[], StoreRow>;
  private readonly untoldRows: Database.Statement<[], LeftStore>;
  private readonly insertRow: Database.Statement;
  private readonly enterRow: Database.Statement;
  private readonly leaveRow: Database.Statement;
  private readonly moveRow: Database.Statement;
  private readonly setBucketId: Database.Statement;
  private readonly mergeRows: Database.Statement;
  private readonly dropRows: Database.Statement;
  private readonly markTold: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.currentRow = db.prepare<[], StoreRow>(`SELECT ${COLUMNS} FROM stores WHERE is_current = 1`);
    this.allRows = db.prepare<[], StoreRow>(`SELECT ${COLUMNS} FROM stores ORDER BY id`);
    this.untoldRows = db.prepare<[], LeftStore>(
      `SELECT ${COLUMNS} FROM stores WHERE is_told = 0 ORDER BY id`,
    );
    this.insertRow =
      db.prepare(`INSERT INTO stores (kind, url, org, bucket, bucket_id, stored_before, is_current)
      VALUES (@kind, @url, @org, @bucket, @bucketId, @stored, 1)`);
    this.enterRow = db.prepare(
      'UPDATE stores SET is_current = 1, is_told = 1, stored_before = @stored WHERE id = @id',
    );
    this.leaveRow = db.prepare(`UPDATE stores SET is_current = 0, is_told = 0,
      written = written + max(0, @stored - stored_before) WHERE is_current = 1`);
    this.moveRow = db.prepare(`UPDATE stores SET url = @url, org = @org, bucket = @bucket,
      bucket_id = coalesce(@bucketId, bucket_id) WHERE id = @id`);
    this.setBucketId = db.prepare('UPDATE stores SET bucket_id = @bucketId WHERE is_current = 1');
    this.mergeRows = db.prepare(`UPDATE stores SET written = written +
      (SELECT coalesce(sum(written), 0) FROM stores WHERE bucket_id = @bucketId AND is_current = 0)
      WHERE is_current = 1`);
    this.dropRows = db.prepare('DELETE FROM stores WHERE bucket_id = @bucketId AND is_current = 0');
    this.markTold = db.prepare<[number]>('UPDATE stores SET is_told = 1 WHERE id = ?');
  }

  /** Undefined before the first call of settle(). */
  get current(): (StorePlace & { readonly bucketId: string | undefined }) | undefined {
    const row = this.currentRow.get();
    return row && { ...row, bucketId: row.bucketId ?? undefined };
  }

  /**
   * Says where readings go from now on.
   * @param bucketId undefined when it is not known
   * @param stored the pipeline's counter of stored readings
   * @returns whether that is another store than before
   */
  settle(place: StorePlace, bucketId: string | undefined, stored: number): boolean {
    const current = this.currentRow.get();
    const isIt = (row: StoreRow): boolean =>
      bucketId !== undefined && row.bucketId !== null ? row.bucketId === bucketId : isSamePlace(row, place);
    const values = { ...place, bucketId: bucketId ?? null, stored };
    if (current && isIt(current)) {
      this.moveRow.run({ ...values, id: current.id });
      return false;
    }
    this.leaveRow.run({ stored });
    const known = this.allRows.all().find(isIt);
    if (known) {
      this.enterRow.run({ stored, id: known.id });
      this.moveRow.run({ ...values, id: known.id });
    } else {
      // Where an earlier version did not remember a store, what it has stored is taken to be in this one.
      this.insertRow.run(current ? values : { ...values, stored: 0 });
    }
    return current !== undefined;
  }

  /** The present store's bucket has this id; a former one with the same id was the same bucket. */
  learnBucketId(bucketId: string): void {
    this.setBucketId.run({ bucketId });
    this.mergeRows.run({ bucketId });
    this.dropRows.run({ bucketId });
  }

  /** The stores that were left, and nobody was told. */
  untold(): LeftStore[] {
    return this.untoldRows.all();
  }

  told(id: number): void {
    this.markTold.run(id);
  }
}
