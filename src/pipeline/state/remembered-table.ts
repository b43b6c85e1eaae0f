import type Database from 'better-sqlite3';

import type { RememberedAnswer } from '../../journal/entry-codec.js';
import { holderOf, ROW_BYTES } from '../answer-storage.js';

/** The same as rememberedSize(). */
const SIZE_OF_ROW = `octet_length(key) + octet_length(fingerprint) + octet_length(answer) + ${ROW_BYTES}`;

/** The answers that are remembered. */
export class RememberedTable {
  private readonly putRow: Database.Statement;
  private readonly row: Database.Statement<[string], RememberedAnswer>;
  private readonly bytesByHolder: Database.Statement<[], [string, number]>;
  private readonly bytesOfKey: Database.Statement<[string], [string, number]>;
  private readonly deleteExpired: Database.Statement;

  constructor(db: Database.Database) {
    this.putRow = db.prepare(
      `INSERT OR REPLACE INTO remembered (key, fingerprint, answer, expires_us, holder)
       VALUES (@key, @fingerprint, @answer, @expiresUs, @holder)`,
    );
    this.row = db.prepare<[string], RememberedAnswer>(
      'SELECT key, fingerprint, answer, expires_us AS expiresUs FROM remembered WHERE key = ?',
    );
    this.bytesByHolder = db
      .prepare<[], [string, number]>(`SELECT holder, sum(${SIZE_OF_ROW}) FROM remembered GROUP BY holder`)
      .raw();
    this.bytesOfKey = db
      .prepare<[string], [string, number]>(`SELECT holder, ${SIZE_OF_ROW} FROM remembered WHERE key = ?`)
      .raw();
    this.deleteExpired = db.prepare('DELETE FROM remembered WHERE expires_us <= ?');
  }

  put(answers: readonly RememberedAnswer[]): void {
    for (const answer of answers) this.putRow.run({ ...answer, holder: holderOf(answer) });
  }

  get(key: string): RememberedAnswer | undefined {
    return this.row.get(key);
  }

  dropExpired(nowUs: number): void {
    this.deleteExpired.run(nowUs);
  }

  /** The bytes of all answers by holder, without the answers under some keys. */
  bytes(withoutKeys: readonly string[]): [holder: string, bytes: number][] {
    const sums = new Map(this.bytesByHolder.all());
    for (const key of withoutKeys) {
      const [holder, bytes] = this.bytesOfKey.get(key) ?? ['', 0];
      sums.set(holder, (sums.get(holder) ?? 0) - bytes);
    }
    return [...sums];
  }
}
