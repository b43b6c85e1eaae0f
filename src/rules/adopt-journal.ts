import { openSqlite, type SqliteOptions } from '../common/disk/open-sqlite.js';
import { MIGRATIONS, RulesDatabase } from './rules-database.js';

/**
 * Makes restored rules go on in the journal that was restored with them, which has another identity now.
 * @param file no gateway may use it
 * @param before the journal's identity in the backup
 * @returns where the file was moved to, because it is damaged
 * @throws Error that says why it cannot be opened, such as that a newer gateway wrote it
 */
export function adoptJournal(file: SqliteOptions, before: string, identity: string): string | undefined {
  const {
    db,
    prepared: rules,
    damagedFile,
  } = openSqlite(file, MIGRATIONS, (open) => new RulesDatabase(open));
  try {
    const { progress } = rules;
    if (progress?.identity === before)
      rules.transaction(() => {
        rules.saveProgress({ identity, position: progress.position });
      });
    return damagedFile;
  } finally {
    db.close();
  }
}
