import { rmSync } from 'node:fs';

import Database from 'better-sqlite3';

/**
 * The lock of one process on the folder. It is SQLite's lock on a file: the system releases it when the process ends, however it
 * ends. A file with a process number would stay.
 */
export class DataDirLock {
  private constructor(private readonly db: Database.Database) {}

  /**
   * @returns undefined when another process holds the lock
   * @throws SqliteError when the lock cannot be tried
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
      // The file holds no data, so a damaged one is simply created again.
      rmSync(file);
      return DataDirLock.take(file);
    }
  }

  /** Never throws: the system releases the lock when the process ends, whatever happens here. */
  release(): void {
    try {
      this.db.close();
    } catch {
      // The lock is released with the file descriptor.
    }
  }
}
