// A thread that notes texts in an SQLite file, for test/faults/disk.test.ts.
import { serveSqlite } from '../../dist/common/workers/serve-sqlite.js';

serveSqlite(['CREATE TABLE notes (text TEXT)'], (db) => ({
  note: (text) => {
    db.prepare('INSERT INTO notes VALUES (?)').run(text);
  },
  order: () => db.prepare('SELECT substr(text, 1, 5) FROM notes ORDER BY rowid').pluck().all(),
}));
