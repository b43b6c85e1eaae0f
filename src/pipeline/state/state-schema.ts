/** What a dead letter takes on disk besides its texts: row headers, numbers, and unused space in SQLite's pages. */
export const LETTER_BYTES = 60;
/** Sensor and zone are in the row and in its index, too. */
const SIZE_OF_ROW = `length(CAST(letter AS BLOB)) + 2 * length(CAST(sensor_id AS BLOB)) + 2 * length(CAST(zone AS BLOB)) + ${LETTER_BYTES}`;

/** SQL per version of the schema of state.db. */
export const MIGRATIONS = [
  `CREATE TABLE pipeline (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     released_seq INTEGER NOT NULL,
     stored INTEGER NOT NULL,
     dead_lettered INTEGER NOT NULL,
     damaged INTEGER NOT NULL,
     latest_loaded INTEGER NOT NULL DEFAULT 0
   );
   CREATE TABLE latest (
     sensor_id TEXT PRIMARY KEY,
     zone TEXT NOT NULL,
     value REAL NOT NULL,
     latency_ms REAL,
     timestamp_us INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE remembered (
     key TEXT PRIMARY KEY,
     fingerprint TEXT NOT NULL,
     answer TEXT NOT NULL,
     expires_us INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE INDEX remembered_expiry ON remembered (expires_us);
   CREATE TABLE dead_letters (id INTEGER PRIMARY KEY AUTOINCREMENT, letter TEXT NOT NULL, crc INTEGER NOT NULL);`,
  `ALTER TABLE latest RENAME TO sensors;
   ALTER TABLE sensors ADD COLUMN first_ms INTEGER;
   ALTER TABLE sensors ADD COLUMN last_ms INTEGER;
   ALTER TABLE sensors ADD COLUMN readings INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE forgotten (sensor_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE identity (identity TEXT NOT NULL);
   INSERT INTO identity VALUES (lower(hex(randomblob(4))));`,
  'ALTER TABLE sensors ADD COLUMN counted_seq INTEGER NOT NULL DEFAULT 0;',
  // An Idempotency-Key holds no line break: the text before one is the id of the sender's key.
  `ALTER TABLE remembered ADD COLUMN holder TEXT NOT NULL DEFAULT '';
   UPDATE remembered SET holder = 'key ' || substr(key, 1, instr(key, char(10)) - 1) WHERE instr(key, char(10)) > 0;`,
  '-- Changes nothing here: older gateways do not find segments in the format PXJ2, and must refuse to start.',
  // A damaged letter stays as it is: the start looks for those afterwards.
  `ALTER TABLE dead_letters ADD COLUMN sensor_id TEXT NOT NULL DEFAULT '';
   ALTER TABLE dead_letters ADD COLUMN zone TEXT NOT NULL DEFAULT '';
   ALTER TABLE dead_letters ADD COLUMN timestamp_us INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE dead_letters ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
   UPDATE dead_letters SET
     sensor_id = coalesce(json_extract(letter, '$.reading.sensorId'), ''),
     zone = coalesce(json_extract(letter, '$.reading.zone'), ''),
     timestamp_us = coalesce(json_extract(letter, '$.reading.timestampUs'), 0)
     WHERE json_valid(letter);
   UPDATE dead_letters SET bytes = ${SIZE_OF_ROW};
   CREATE INDEX dead_letter_points ON dead_letters (sensor_id, zone, timestamp_us, bytes);`,
  'ALTER TABLE sensors ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;',
  `CREATE TABLE stores (
     id INTEGER PRIMARY KEY,
     kind TEXT NOT NULL,
     url TEXT NOT NULL,
     org TEXT NOT NULL,
     bucket TEXT NOT NULL,
     bucket_id TEXT,
     written INTEGER NOT NULL DEFAULT 0,
     stored_before INTEGER NOT NULL,
     is_current INTEGER NOT NULL,
     is_told INTEGER NOT NULL DEFAULT 1
   );`,
  // How many readings the deletions that are in the journal found, before they deleted them.
  'CREATE TABLE deletions (position INTEGER PRIMARY KEY, readings INTEGER NOT NULL);',
  // Results of deletions that are not in the system log yet. A count of -1 is not known.
  'CREATE TABLE ended_deletions (id TEXT PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID;',
  // Up to which time readings of the store do not count. It is not known of sensors that were forgotten before: up to now.
  `ALTER TABLE sensors ADD COLUMN ignored_us INTEGER;
   ALTER TABLE forgotten ADD COLUMN ignored_us INTEGER NOT NULL DEFAULT 0;
   UPDATE forgotten SET ignored_us = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;`,
];
