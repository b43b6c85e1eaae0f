import type Database from 'better-sqlite3';

import type { Leap } from '../../clock/leap.js';
import type { RememberedAnswer } from '../../journal/entry.js';
import { holderOf, movedExpiry, ROW_BYTES } from '../answer-storage.js';

/** The same as rememberedSize(). */
const SIZE_OF_ROW = `octet_length(key) + octet_length(fingerprint) + octet_length(answer) + ${ROW_BYTES}`;

/** The answers that are remembered. */
export class RememberedTable {
  private readonly putRow: Database.Statement;
  private readonly isKnown: Database.Statement<[string, string, number], number>;
  private readonly row: Database.Statement<[string], RememberedAnswer>;
  private readonly head: Database.Statement<[string], Omit<RememberedAnswer, 'answer'>>;
  private readonly bytesByHolder: Database.Statement<[], [string, number]>;
  private readonly bytesOfKey: Database.Statement<[string], [string, number]>;
  private readonly deleteExpired: Database.Statement;
  private readonly bound: Database.Statement;

  constructor(private readonly db: Database.Database) {
    this.putRow = db.prepare(
      `INSERT OR REPLACE INTO remembered (key, fingerprint, answer, expires_us, holder)
       VALUES (@key, @fingerprint, @answer, @expiresUs, @holder)`,
    );
    this.isKnown = db
      .prepare<[string, string, number], number>(
        'SELECT 1 FROM remembered WHERE key = ? AND fingerprint = ? AND expires_us > ?',
      )
      .pluck();
    this.row = db.prepare<[string], RememberedAnswer>(
      'SELECT key, fingerprint, answer, expires_us AS expiresUs FROM remembered WHERE key = ?',
    );
    this.head = db.prepare<[string], Omit<RememberedAnswer, 'answer'>>(
      'SELECT key, fingerprint, expires_us AS expiresUs FROM remembered WHERE key = ?',
    );
    this.bytesByHolder = db
      .prepare<[], [string, number]>(`SELECT holder, sum(${SIZE_OF_ROW}) FROM remembered GROUP BY holder`)
      .raw();
    this.bytesOfKey = db
      .prepare<[string], [string, number]>(`SELECT holder, ${SIZE_OF_ROW} FROM remembered WHERE key = ?`)
      .raw();
    this.bound = db.prepare('UPDATE remembered SET expires_us = @latestUs WHERE expires_us > @latestUs');
    this.deleteExpired = db.prepare('DELETE FROM remembered WHERE expires_us <= ?');
  }

  put(answers: readonly RememberedAnswer[]): void {
    for (const answer of answers) this.putRow.run({ ...answer, holder: holderOf(answer) });
  }

  /** Leaves out those that are there and have not expired: they may have been corrected, which the journal does not know. */
  putNew(answers: readonly RememberedAnswer[], nowUs: number): void {
    this.put(
      answers.filter(({ key, fingerprint }) => this.isKnown.get(key, fingerprint, nowUs) === undefined),
    );
  }

  get(key: string): RememberedAnswer | undefined {
    return this.row.get(key);
  }

  /** The answers under some keys, without the answers themselves. */
  headsOf(keys: readonly string[]): Omit<RememberedAnswer, 'answer'>[] {
    return keys.flatMap((key) => this.head.get(key) ?? []);
  }

  dropExpired(nowUs: number): void {
    this.deleteExpired.run(nowUs);
  }

  /** Corrects when answers expire: see movedExpiry(). */
  moveExpiry(leap: Leap | undefined, latestUs: number): void {
    if (leap?.before) {
      this.db.function('moved', (expiresUs: number) => movedExpiry(expiresUs, leap, latestUs));
      this.db.exec('UPDATE remembered SET expires_us = moved(expires_us)');
    } else {
      this.bound.run({ latestUs });
    }
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
