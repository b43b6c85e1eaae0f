import { serveSqlite } from '../common/workers/serve-sqlite.js';
import type { EventFilter, PagePosition } from './event-filter.js';
import { EVENT_COLUMNS, eventQuery } from './event-query.js';
import type { LoggedEvent, SystemEvent } from '../model/system-event.js';

/** The state of the log besides its entries. */
export interface LogState {
  /** Random, created with the file. */
  readonly identity: string;
  /** The lowest row in the log; one more than lastRow when there is none. */
  readonly firstRow: number;
  /** The highest row that was ever used. */
  readonly lastRow: number;
  /** The store has a copy of all entries up to this row. */
  readonly copiedRow: number;
}

/** What SystemLog asks of its thread. */
export interface SystemLogCalls extends Record<string, (...args: never[]) => unknown> {
  state(): LogState;
  /** @returns the events that were not in the log yet, and the lowest row in the log now */
  append(
    events: readonly SystemEvent[],
    nowUs: number,
    max: number,
  ): { readonly appended: LoggedEvent[]; readonly firstRow: number };
  newest(filter: EventFilter, limit: number, after: PagePosition | undefined): LoggedEvent[];
  after(row: number, limit: number): LoggedEvent[];
  copied(row: number): void;
  /** Shifts when entries after a row were appended; no entry was appended after `nowUs`. */
  redate(afterRow: number, shiftUs: number, nowUs: number): void;
  /**
   * Removes at most `limit` entries that were appended before a time, none beyond a row.
   * @returns how many, and the lowest row in the log now
   */
  removeOld(
    appendedBeforeUs: number,
    upToRow: number,
    limit: number,
  ): { readonly removed: number; readonly firstRow: number };
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
  // An entry is appended later than it happened: rules judge imported readings from years ago, too.
  `ALTER TABLE events ADD COLUMN kept_us INTEGER NOT NULL DEFAULT 0;
   UPDATE events SET kept_us = time_us;
   CREATE INDEX events_by_type ON events (type, time_us);
   CREATE INDEX events_by_sensor ON events (sensor_id, type, time_us);
   CREATE INDEX events_by_zone ON events (zone, type, time_us);
   CREATE INDEX events_by_rule ON events (rule_id, type, time_us);
   CREATE INDEX events_by_age ON events (kept_us);
   CREATE TABLE log (identity TEXT NOT NULL, copied_row INTEGER NOT NULL);
   INSERT INTO log (identity, copied_row) 
     SELECT lower(hex(randomblob(16))), coalesce(min(row) - 1, 0) FROM events;`,
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
  // An INSERT that finds the id taken would still use up a row, and there would be fewer entries than rows.
  const isAppended = db.prepare<[string], number>('SELECT 1 FROM events WHERE id = ?').pluck();
  const insert = db.prepare(`INSERT INTO events
    (id, time_us, kept_us, type, message, sensor_id, zone, value, rule_id)
    VALUES (@id, @timeUs, @nowUs, @type, @message, @sensorId, @zone, @value, @ruleId)`);
  const trim = db.prepare('DELETE FROM events WHERE row <= ?');
  const removeOld = db.prepare(`DELETE FROM events WHERE row IN
    (SELECT row FROM events WHERE kept_us < ? AND row <= ? ORDER BY kept_us LIMIT ?)`);
  const shift = db.prepare('UPDATE events SET kept_us = kept_us + ? WHERE row > ?');
  const notAfter = db.prepare('UPDATE events SET kept_us = @nowUs WHERE kept_us > @nowUs');
  const after = db.prepare<[number, number], EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE row > ? ORDER BY row LIMIT ?`,
  );
  const copied = db.prepare('UPDATE log SET copied_row = ?');
  const log = db.prepare<[], Pick<LogState, 'identity' | 'copiedRow'>>(
    'SELECT identity, copied_row AS copiedRow FROM log',
  );
  const lowest = db.prepare<[], number | null>('SELECT min(row) FROM events').pluck();
  const highest = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'events'").pluck();

  const lastRow = (): number => highest.get() ?? 0;
  const firstRow = (): number => lowest.get() ?? lastRow() + 1;
  return {
    state: () => ({ identity: '', copiedRow: 0, ...log.get(), firstRow: firstRow(), lastRow: lastRow() }),
    append: db.transaction((events: readonly SystemEvent[], nowUs: number, max: number) => {
      const appended: LoggedEvent[] = [];
      for (const event of events) {
        if (isAppended.get(event.id) !== undefined) continue;
        const { sensorId = null, zone = null, value = null, ruleId = null } = event;
        const { lastInsertRowid } = insert.run({ ...event, nowUs, sensorId, zone, value, ruleId });
        appended.push({ ...event, row: Number(lastInsertRowid) });
      }
      const last = appended.at(-1);
      if (last) trim.run(last.row - max);
      return { appended, firstRow: firstRow() };
    }),
    newest: (filter, limit, position) => {
      const { sql, values } = eventQuery(filter, limit, position);
      return db
        .prepare<unknown[], EventRow>(sql)
        .all(...values)
        .map(toEvent);
    },
    after: (row, limit) => after.all(row, limit).map(toEvent),
    copied: (row) => {
      copied.run(row);
    },
    redate: db.transaction((afterRow: number, shiftUs: number, nowUs: number) => {
      if (shiftUs !== 0) shift.run(shiftUs, afterRow);
      notAfter.run({ nowUs });
    }),
    removeOld: (appendedBeforeUs, upToRow, limit) => {
      const { changes } = removeOld.run(appendedBeforeUs, upToRow, limit);
      return { removed: changes, firstRow: firstRow() };
    },
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
