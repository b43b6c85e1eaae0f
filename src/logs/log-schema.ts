/** SQL per version of the schema of system-log.db. */
export const MIGRATIONS = [
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
  // SQLite sorts equal keys by row: the first one of an owner is its oldest entry.
  `CREATE INDEX events_by_owner ON events (rule_id, sensor_id);
   ALTER TABLE log ADD COLUMN dropped_row INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
   UPDATE log SET dropped_row = coalesce(
     (SELECT min(row) - 1 FROM events), (SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0);`,
];
