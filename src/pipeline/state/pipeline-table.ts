import type Database from 'better-sqlite3';

import type { Counters } from '../../journal/checkpoint.js';

/** What is known of the pipeline as a whole. */
export interface PipelineRow extends Counters {
  readonly releasedSeq: number;
  readonly latestLoaded: 0 | 1;
}

/** The one row about the pipeline as a whole, and the journal's identity. */
export class PipelineTable {
  private readonly row: Database.Statement<[], PipelineRow>;
  private readonly replaceRow: Database.Statement;
  private readonly addToRow: Database.Statement;
  private readonly setLoaded: Database.Statement;
  private readonly identityRow: Database.Statement<[], string>;
  private readonly renewIdentity: Database.Statement;

  constructor(db: Database.Database) {
    this.row = db.prepare<[], PipelineRow>(
      'SELECT released_seq AS releasedSeq, stored, dead_lettered AS deadLettered, damaged, latest_loaded AS latestLoaded FROM pipeline',
    );
    this.replaceRow = db.prepare(`INSERT INTO pipeline
      (one, released_seq, stored, dead_lettered, damaged) VALUES (1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      released_seq = excluded.released_seq, stored = excluded.stored, dead_lettered = excluded.dead_lettered,
      damaged = excluded.damaged`);
    this.addToRow = db.prepare(`UPDATE pipeline SET released_seq = max(released_seq, @releasedSeq),
      stored = stored + @stored, dead_lettered = dead_lettered + @deadLettered, damaged = damaged + @damaged`);
    this.setLoaded = db.prepare('UPDATE pipeline SET latest_loaded = ?');
    this.identityRow = db.prepare<[], string>('SELECT identity FROM identity').pluck();
    this.renewIdentity = db.prepare('UPDATE identity SET identity = lower(hex(randomblob(4)))');
  }

  /** Undefined in a new file. */
  get(): PipelineRow | undefined {
    return this.row.get();
  }

  get counters(): Counters {
    const { stored, deadLettered, damaged } = this.row.get() ?? { stored: 0, deadLettered: 0, damaged: 0 };
    return { stored, deadLettered, damaged };
  }

  replace(releasedSeq: number, { stored, deadLettered, damaged }: Counters): void {
    this.replaceRow.run(releasedSeq, stored, deadLettered, damaged);
  }

  /** Adds to the counters. */
  add(releasedSeq: number, { stored, deadLettered, damaged }: Counters): void {
    this.addToRow.run({ releasedSeq, stored, deadLettered, damaged });
  }

  /** Whether the latest readings that the store held before are known. */
  markLoaded(isLoaded: boolean): void {
    this.setLoaded.run(isLoaded ? 1 : 0);
  }

  get identity(): string {
    return this.identityRow.get() ?? '';
  }

  renew(): void {
    this.renewIdentity.run();
  }
}
