import type Database from 'better-sqlite3';

import type { Position } from '../../journal/journal-entry.js';

/** How many readings the deletions that are still in the journal found. */
export class DeletionTable {
  private readonly putRow: Database.Statement<[Position, number]>;
  private readonly row: Database.Statement<[Position], number>;
  private readonly deleteUpTo: Database.Statement<[Position]>;
  private readonly deleteAfter: Database.Statement<[Position]>;

  constructor(db: Database.Database) {
    this.putRow = db.prepare(
      'INSERT INTO deletions (position, readings) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.row = db.prepare<[Position], number>('SELECT readings FROM deletions WHERE position = ?').pluck();
    this.deleteUpTo = db.prepare('DELETE FROM deletions WHERE position <= ?');
    this.deleteAfter = db.prepare('DELETE FROM deletions WHERE position > ?');
  }

  /**
   * Keeps the number that a deletion found first: after a crash it may find readings that came later, which are written again.
   * @returns the one that is kept
   */
  keep(position: Position, readings: number): number {
    this.putRow.run(position, readings);
    return this.row.get(position) ?? readings;
  }

  /** Everything up to a position has left the journal. */
  released(position: Position): void {
    this.deleteUpTo.run(position);
  }

  /** Other entries will have the positions after this one. */
  dropAfter(position: Position): void {
    this.deleteAfter.run(position);
  }
}
