import type Database from 'better-sqlite3';

import type { Position } from '../../journal/journal-entry.js';
import type { DeletionResult } from '../../model/deletion.js';

const UNKNOWN = -1;

/** How many readings the deletions found that are still in the journal, and what became of those that are not. */
export class DeletionTable {
  private readonly putRow: Database.Statement<[Position, number]>;
  private readonly row: Database.Statement<[Position], number>;
  private readonly deleteUpTo: Database.Statement<[Position]>;
  private readonly deleteAfter: Database.Statement<[Position]>;
  private readonly putEnded: Database.Statement<[string, string]>;
  private readonly endedRows: Database.Statement<[], string>;
  private readonly deleteEnded: Database.Statement<[string]>;

  constructor(db: Database.Database) {
    this.putRow = db.prepare('INSERT INTO deletions (position, readings) VALUES (?, ?)');
    this.row = db.prepare<[Position], number>('SELECT readings FROM deletions WHERE position = ?').pluck();
    this.deleteUpTo = db.prepare('DELETE FROM deletions WHERE position <= ?');
    this.deleteAfter = db.prepare('DELETE FROM deletions WHERE position > ?');
    this.putEnded = db.prepare('INSERT OR REPLACE INTO ended_deletions VALUES (?, ?)');
    this.endedRows = db.prepare<[], string>('SELECT result FROM ended_deletions').pluck();
    this.deleteEnded = db.prepare('DELETE FROM ended_deletions WHERE id = ?');
  }

  /** @param readings null when they cannot be counted */
  keep(position: Position, readings: number | null): void {
    this.putRow.run(position, readings ?? UNKNOWN);
  }

  /** @returns undefined when keep() was not called */
  kept(position: Position): number | null | undefined {
    const readings = this.row.get(position);
    return readings === UNKNOWN ? null : readings;
  }

  /** Keeps what became of deletions until recorded(). */
  ended(results: readonly DeletionResult[]): void {
    for (const result of results) this.putEnded.run(result.id, JSON.stringify(result));
  }

  unrecorded(): DeletionResult[] {
    return this.endedRows.all().map((result) => JSON.parse(result) as DeletionResult);
  }

  recorded(id: string): void {
    this.deleteEnded.run(id);
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
