import { serveSqlite } from '../threads/serve-sqlite.js';
import type { SystemEvent } from './system-event.js';

/** What SystemLog asks of its thread. */
export interface SystemLogCalls extends Record<string, (...args: never[]) => unknown> {
  append(event: Omit<SystemEvent, 'id'>, keep: number): void;
  newest(limit: number, beforeId: number): SystemEvent[];
}

const MIGRATIONS = [
  `CREATE TABLE events (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     time_us INTEGER NOT NULL,
     type TEXT NOT NULL,
     message TEXT NOT NULL
   );`,
];

serveSqlite(MIGRATIONS, (db): SystemLogCalls => {
  const insert = db.prepare('INSERT INTO events (time_us, type, message) VALUES (@timeUs, @type, @message)');
  const trim = db.prepare('DELETE FROM events WHERE id <= ?');
  const select = db.prepare<[number, number], SystemEvent>(
    'SELECT id, time_us AS timeUs, type, message FROM events WHERE id < ? ORDER BY id DESC LIMIT ?',
  );
  return {
    append: db.transaction((event: Omit<SystemEvent, 'id'>, keep: number) => {
      trim.run(Number(insert.run(event).lastInsertRowid) - keep);
    }),
    newest: (limit, beforeId) => select.all(beforeId, limit),
  };
});
