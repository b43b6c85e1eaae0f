import { openSqlite, type SqliteOptions } from '../common/disk/open-sqlite.js';
import { MIGRATIONS, prepareRuleStatements } from './local-rule-storage.js';

/**
 * Makes restored rules go on in the journal that was restored with them, which has another identity now.
 * @param file no gateway may use it
 * @param before the journal's identity in the backup
 * @returns where the file was moved to, because it is damaged
 * @throws Error that says why it cannot be opened, such as that a newer gateway wrote it
 */
export function adoptJournal(file: SqliteOptions, before: string, identity: string): string | undefined {
  const { db, prepared, damagedFile } = openSqlite(file, MIGRATIONS, prepareRuleStatements);
  try {
    prepared.adoptProgress.run(identity, before);
    return damagedFile;
  } finally {
    db.close();
  }
}
