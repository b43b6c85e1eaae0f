import { serveSqlite } from '../threads/serve-sqlite.js';
import type { LoggedEvent, SystemEvent } from './system-event.js';

/** What SystemLog asks of its thread. */
export interface SystemLogCalls extends Record<string, (...args: never[]) => unknown> {
  /** @returns those that were not in the log yet */
  keep(events: readonly SystemEvent[], keep: number): LoggedEvent[];
  after(row: number, limit: number): LoggedEvent[];
  newest(limit: number, beforeRow: number): LoggedEvent[];
}

const MIGRATIONS = [
  `CREATE TABLE events (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     time_us INTEGER NOT NULL,
     type TEXT NOT NULL,
     message TEXT NOT NULL
   );`,
  `ALTER TABLE events RENAME TO old_events;
   CREATE TABLE events (
     row INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     time_us INTEGER NOT NULL,
     type TEXT NOT NULL,
     message TEXT NOT NULL,
     sensor_id TEXT,
     zone TEXT,
     value REAL,
     rule_id TEXT
   );
   INSERT INTO events (row, id, time_us, type, message)
     SELECT id, lower(hex(randomblob(8))), time_us, type, message FROM old_events;
   DROP TABLE old_events;`,
];

interface EventRow {
  readonly row: number;
  readonly id: string;
  readonly timeUs: number;
  readonly type: SystemEvent['type'];
  readonly message: string;
  readonly sensorId: string | null;
  readonly zone: string | null;
  readonly value: number | null;
  readonly ruleId: string | null;
}

serveSqlite(MIGRATIONS, (db): SystemLogCalls => {
  const insert = db.prepare(`INSERT INTO events (id, time_us, type, message, sensor_id, zone, value, rule_id)
    VALUES (@id, @timeUs, @type, @message, @sensorId, @zone, @value, @ruleId) ON CONFLICT (id) DO NOTHING`);
  const trim = db.prepare('DELETE FROM events WHERE row <= ?');
  const select = db.prepare<[number, number], EventRow>(
    `SELECT row, id, time_us AS timeUs, type, message, sensor_id AS sensorId, zone, value, rule_id AS ruleId
     FROM events WHERE row < ? ORDER BY row DESC LIMIT ?`,
  );
  return {
    keep: db.transaction((events: readonly SystemEvent[], keep: number) => {
      const kept: LoggedEvent[] = [];
      for (const event of events) {
        const { sensorId = null, zone = null, value = null, ruleId = null } = event;
        const { changes, lastInsertRowid } = insert.run({ ...event, sensorId, zone, value, ruleId });
        if (changes > 0) kept.push({ ...event, row: Number(lastInsertRowid) });
      }
      const last = kept.at(-1);
      if (last) trim.run(last.row - keep);
      return kept;
    }),
    after: (row, limit) =>
      db
        .prepare<[number, number], EventRow>(
          `SELECT row, id, time_us AS timeUs, type, message, sensor_id AS sensorId, zone, value, rule_id AS ruleId
     FROM events WHERE row > ? ORDER BY row LIMIT ?`,
        )
        .all(row, limit)
        .map(toEvent),
    newest: (limit, beforeRow) => select.all(beforeRow, limit).map(toEvent),
  };
});

function toEvent({ sensorId, zone, value, ruleId, ...event }: EventRow): LoggedEvent {
  return {
    ...event,
    ...(sensorId !== null && { sensorId }),
    ...(zone !== null && { zone }),
    ...(value !== null && { value }),
    ...(ruleId !== null && { ruleId }),
  };
}
