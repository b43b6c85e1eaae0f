import { rmSync } from 'node:fs';

import Database from 'better-sqlite3';

/**
 * One process's hold on a folder: SQLite's lock on a file in it, because the system lets go of that lock
 * whenever the process ends, however it ends, which a file holding a process number does not.
 */
export class DataDirLock {
  private constructor(private readonly db: Database.Database) {}

  /**
   * @returns undefined when another process holds the lock
   * @throws SqliteError when that cannot be told
   */
  static take(file: string): DataDirLock | undefined {
    const db = new Database(file, { timeout: 0 });
    try {
      db.exec('BEGIN EXCLUSIVE');
      return new DataDirLock(db);
    } catch (error) {
      db.close();
      const { code } = error as { code?: string };
      if (code === 'SQLITE_BUSY') return undefined;
      if (code !== 'SQLITE_NOTADB' && code !== 'SQLITE_CORRUPT') throw error;
      // It holds nothing but the lock, so a damaged one is simply made anew.
      rmSync(file);
      return DataDirLock.take(file);
    }
  }

  /** The system lets go of it when the process ends, whatever happens here. */
  release(): void {
    try {
      this.db.close();
    } catch {
      // The lock itself is gone with the file's descriptor.
    }
  }
}
