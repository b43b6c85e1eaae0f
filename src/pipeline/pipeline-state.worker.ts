import { crc32 } from 'node:zlib';

import type Database from 'better-sqlite3';

import type { Reading } from '../model/reading.js';
import { serveSqlite } from '../common/workers/serve-sqlite.js';
import type { DeadLetter, NewDeadLetter, Point } from '../model/dead-letter.js';
import type { RememberedAnswer } from '../journal/entry.js';
import type { Counters } from '../journal/checkpoint.js';
import { holderOf, ROW_BYTES } from './remembered-answer.js';
import type { Forgotten, Heard } from '../registry/sensor-registry.js';

/** What is known of a sensor. */
export interface SensorState {
  readonly latest: Reading;
  readonly heard: Heard;
}

/** …and up to which place in the journal its readings are counted in that. */
export interface CountedSensor extends SensorState {
  readonly countedSeq: number;
}

/** One step of the pipeline: what left the journal, and what became of it. All of it is kept, or nothing. */
export interface Step {
  readonly releasedSeq: number;
  readonly stored: number;
  readonly damaged: number;
  readonly deadLetters: readonly NewDeadLetter[];
  /** Dead letters that were tried again: they are deleted. */
  readonly replayed: readonly number[];
  /** Those of which something was heard since the step before… */
  readonly sensors: readonly SensorState[];
  /** …as they are known at this place in the journal, which lies behind what is released. */
  readonly countedSeq: number;
  readonly remembered: readonly RememberedAnswer[];
}

/** By how much what the dead letters of a sensor take on disk has changed; or what they take. */
export interface SensorBytes {
  readonly sensorId: string;
  readonly bytes: number;
}

/** What a step has come to. */
export interface Stepped {
  readonly counters: Counters;
  readonly changes: readonly SensorBytes[];
}

export interface PipelineStart {
  /** Undefined when the file is new. */
  readonly releasedSeq: number | undefined;
  readonly counters: Counters;
  /** Random, and another one whenever sequence numbers may begin anew. */
  readonly identity: string;
  readonly forgotten: readonly Forgotten[];
  /** Whether the latest readings that the store held before this gateway came are known. */
  readonly latestLoaded: boolean;
  /** Dead letters whose checksum was wrong; they were taken out and counted as damaged. */
  readonly damagedDeadLetters: number;
}

/** What PipelineState asks of its thread. */
export interface PipelineStateCalls extends Record<string, (...args: never[]) => unknown> {
  start(): PipelineStart;
  adopt(releasedSeq: number, counters: Counters): void;
  /** Gives the journal another identity; places behind `lastSeq` will be others than they were. */
  renew(lastSeq: number): string;
  step(step: Step): Stepped;
  sensors(afterSensorId: string, limit: number): CountedSensor[];
  latestLoaded(sensors: readonly SensorState[], countedSeq: number): void;
  forget(sensorId: string, position: number): void;
  remember(answers: readonly RememberedAnswer[]): void;
  recall(key: string): RememberedAnswer | undefined;
  /** @returns what is remembered for each holder, without the answers under some keys */
  rememberedBytes(withoutKeys: readonly string[]): [holder: string, bytes: number][];
  /** The same, once those are forgotten that have expired. */
  forgetExpired(nowUs: number, withoutKeys: readonly string[]): [holder: string, bytes: number][];
  deadLetters(afterId: number, limit: number): DeadLetter[];
  deadLetterIds(afterId: number, limit: number): number[];
  deadLettersOf(ids: readonly number[]): DeadLetter[];
  /** Of points that follow one, ordered by point and id: all of each, and of so many points that there are about `limit`. */
  deadLettersByPoint(after: Point | undefined, limit: number): DeadLetter[];
  /** Those of some ids that there are. */
  existingDeadLetters(ids: readonly number[]): number[];
  /** For each point, whether there is a dead letter of it with a higher id. */
  hasNewerDeadLetter(points: readonly (Point & { readonly id: number })[]): boolean[];
  /** What the dead letters of each sensor take on disk. */
  deadLetterBytes(afterSensorId: string, limit: number): SensorBytes[];
  lastDeadLetterId(): number;
  /** Gives no new dead letter an id up to this one. */
  reserveDeadLetterIds(upTo: number): void;
  /** @returns what it took, and whose it was; undefined when there is none of that id */
  deleteDeadLetter(id: number): SensorBytes | undefined;
}

/** What a dead letter takes on disk besides its texts: heads of rows, numbers, and what of SQLite's pages is empty. */
const LETTER_BYTES = 60;
/** Sensor and zone stand in the row and in its index, too. */
const SIZE_OF_ROW = `length(CAST(letter AS BLOB)) + 2 * length(CAST(sensor_id AS BLOB)) + 2 * length(CAST(zone AS BLOB)) + ${LETTER_BYTES}`;

const MIGRATIONS = [
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
  // An Idempotency-Key holds no line break: what stands before one is the id of the sender's key.
  `ALTER TABLE remembered ADD COLUMN holder TEXT NOT NULL DEFAULT '';
   UPDATE remembered SET holder = 'key ' || substr(key, 1, instr(key, char(10)) - 1) WHERE instr(key, char(10)) > 0;`,
  '-- Changes nothing here: older gateways do not find segments in the format PXJ2, and must refuse to start.',
  // A letter that is damaged stays as it is: the start looks for those afterwards.
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
];

interface PipelineRow extends Counters {
  readonly releasedSeq: number;
  readonly latestLoaded: 0 | 1;
}

/** As an array: with names SQLite's rows take twice the time to make. */
type SensorRow = readonly [
  sensorId: string,
  zone: string,
  value: number,
  latencyMs: number | null,
  timestampUs: number,
  firstMs: number | null,
  lastMs: number | null,
  readings: number,
  countedSeq: number,
];

serveSqlite(MIGRATIONS, (db): PipelineStateCalls => {
  const readPipeline = db.prepare<[], PipelineRow>(
    'SELECT released_seq AS releasedSeq, stored, dead_lettered AS deadLettered, damaged, latest_loaded AS latestLoaded FROM pipeline',
  );
  const adopt = db.prepare(`INSERT INTO pipeline
    (one, released_seq, stored, dead_lettered, damaged) VALUES (1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    released_seq = excluded.released_seq, stored = excluded.stored, dead_lettered = excluded.dead_lettered,
    damaged = excluded.damaged`);
  const add = db.prepare(`UPDATE pipeline SET released_seq = max(released_seq, @releasedSeq),
    stored = stored + @stored, dead_lettered = dead_lettered + @deadLettered, damaged = damaged + @damaged`);
  const putSensor = db.prepare(`INSERT OR REPLACE INTO sensors
    (sensor_id, zone, value, latency_ms, timestamp_us, first_ms, last_ms, readings, counted_seq)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const put = ({ latest, heard }: SensorState, countedSeq: number): void => {
    const { sensorId, zone, value, latencyMs = null, timestampUs } = latest;
    const { firstMs = null, lastMs = null, readings } = heard;
    putSensor.run(sensorId, zone, value, latencyMs, timestampUs, firstMs, lastMs, readings, countedSeq);
  };
  const uncount = db.prepare('UPDATE sensors SET counted_seq = @lastSeq WHERE counted_seq > @lastSeq');
  const deleteSensor = db.prepare('DELETE FROM sensors WHERE sensor_id = ?');
  const putForgotten = db.prepare(
    'INSERT INTO forgotten VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
  );
  const allForgotten = db.prepare<[], Forgotten>(
    'SELECT sensor_id AS sensorId, seq AS position FROM forgotten',
  );
  // One that was heard again is forgotten no more, once nothing from before is left in the journal.
  const dropForgotten = db.prepare(
    'DELETE FROM forgotten WHERE seq <= ? AND sensor_id IN (SELECT sensor_id FROM sensors)',
  );
  const identity = db.prepare<[], string>('SELECT identity FROM identity').pluck();
  const renew = db.prepare('UPDATE identity SET identity = lower(hex(randomblob(4)))');
  const noteLoaded = db.prepare('UPDATE pipeline SET latest_loaded = 1');
  const pageSensors = db
    .prepare<[string, number], SensorRow>(
      `SELECT sensor_id, zone, value, latency_ms, timestamp_us, first_ms, last_ms, readings, counted_seq
       FROM sensors WHERE sensor_id > ? ORDER BY sensor_id LIMIT ?`,
    )
    .raw();
  const putRemembered = db.prepare(
    `INSERT OR REPLACE INTO remembered (key, fingerprint, answer, expires_us, holder)
     VALUES (@key, @fingerprint, @answer, @expiresUs, @holder)`,
  );
  const remember = (answer: RememberedAnswer): void => {
    putRemembered.run({ ...answer, holder: holderOf(answer) });
  };
  // The same as rememberedSize().
  const size = `octet_length(key) + octet_length(fingerprint) + octet_length(answer) + ${ROW_BYTES}`;
  const bytesByHolder = db
    .prepare<[], [string, number]>(`SELECT holder, sum(${size}) FROM remembered GROUP BY holder`)
    .raw();
  const bytesOfKey = db
    .prepare<[string], [string, number]>(`SELECT holder, ${size} FROM remembered WHERE key = ?`)
    .raw();
  const rememberedBytes = (withoutKeys: readonly string[]): [string, number][] => {
    const sums = new Map(bytesByHolder.all());
    for (const key of withoutKeys) {
      const [holder, bytes] = bytesOfKey.get(key) ?? ['', 0];
      sums.set(holder, (sums.get(holder) ?? 0) - bytes);
    }
    return [...sums];
  };
  const deleteExpired = db.prepare('DELETE FROM remembered WHERE expires_us <= ?');
  const recall = db.prepare<[string], RememberedAnswer>(
    'SELECT key, fingerprint, answer, expires_us AS expiresUs FROM remembered WHERE key = ?',
  );
  const putDeadLetter = db.prepare<[number | null, string, number, string, string, number, number], number>(
    `INSERT INTO dead_letters (id, letter, crc, sensor_id, zone, timestamp_us, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const deleteDeadLetter = db.prepare<[number], SensorBytes>(
    'DELETE FROM dead_letters WHERE id = ? RETURNING sensor_id AS sensorId, bytes',
  );
  const lastId = db.prepare<[], number>('SELECT max(id) FROM dead_letters').pluck();
  const knownIds = db
    .prepare<[], number>("SELECT count(*) FROM sqlite_sequence WHERE name = 'dead_letters'")
    .pluck();
  const raiseIds = db.prepare("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'dead_letters'");
  const beginIds = db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('dead_letters', ?)");
  const pageDeadLetters = db.prepare<[number, number], { id: number; letter: string; crc: number }>(
    'SELECT id, letter, crc FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?',
  );
  const deadLetterIds = db
    .prepare<[number, number], number>('SELECT id FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?')
    .pluck();
  const deadLetter = db.prepare<[number], LetterRow>('SELECT id, letter FROM dead_letters WHERE id = ?');
  const byPoint = db.prepare<[string, string, number], LetterRow & Point>(
    `SELECT id, letter, sensor_id AS sensorId, zone, timestamp_us AS timestampUs FROM dead_letters
     WHERE (sensor_id, zone, timestamp_us) > (?, ?, ?) ORDER BY sensor_id, zone, timestamp_us, id`,
  );
  const exists = db.prepare<[number], number>('SELECT id FROM dead_letters WHERE id = ?').pluck();
  const newer = db
    .prepare<[string, string, number, number], number>(
      'SELECT 1 FROM dead_letters WHERE sensor_id = ? AND zone = ? AND timestamp_us = ? AND id > ? LIMIT 1',
    )
    .pluck();
  const bytesBySensor = db.prepare<[string, number], SensorBytes>(
    `SELECT sensor_id AS sensorId, sum(bytes) AS bytes FROM dead_letters WHERE sensor_id > ?
     GROUP BY sensor_id ORDER BY sensor_id LIMIT ?`,
  );

  return {
    start: () => {
      const before = readPipeline.get();
      if (!before) adopt.run(0, 0, 0, 0);
      const damagedDeadLetters = dropDamaged(db, pageDeadLetters, deleteDeadLetter);
      if (damagedDeadLetters > 0)
        add.run({
          releasedSeq: 0,
          stored: 0,
          deadLettered: -damagedDeadLetters,
          damaged: damagedDeadLetters,
        });
      return {
        releasedSeq: before?.releasedSeq,
        counters: countersOf(readPipeline),
        identity: identity.get() ?? '',
        forgotten: allForgotten.all(),
        latestLoaded: before?.latestLoaded === 1,
        damagedDeadLetters,
      };
    },
    adopt: (releasedSeq, { stored, deadLettered, damaged }) => {
      adopt.run(releasedSeq, stored, deadLettered, damaged);
    },
    renew: db.transaction((lastSeq: number) => {
      renew.run();
      uncount.run({ lastSeq });
      return identity.get() ?? '';
    }),
    step: db.transaction((step: Step) => {
      const changes = new Map<string, number>();
      const change = ({ sensorId, bytes }: SensorBytes): void => {
        changes.set(sensorId, (changes.get(sensorId) ?? 0) + bytes);
      };
      let replayed = 0;
      for (const id of step.replayed) {
        const deleted = deleteDeadLetter.get(id);
        if (!deleted) continue;
        replayed += 1;
        change({ sensorId: deleted.sensorId, bytes: -deleted.bytes });
      }
      for (const { id, ...letter } of step.deadLetters) {
        const text = JSON.stringify(letter);
        const { sensorId, zone, timestampUs } = letter.reading;
        const bytes = sizeOf(text, letter.reading);
        putDeadLetter.run(id ?? null, text, crc32(text), sensorId, zone, timestampUs, bytes);
        change({ sensorId, bytes });
      }
      for (const sensor of step.sensors) put(sensor, step.countedSeq);
      dropForgotten.run(step.releasedSeq);
      for (const answer of step.remembered) remember(answer);
      const { releasedSeq, stored, damaged } = step;
      add.run({ releasedSeq, stored, damaged, deadLettered: step.deadLetters.length - replayed });
      return {
        counters: countersOf(readPipeline),
        changes: Array.from(changes, ([sensorId, bytes]) => ({ sensorId, bytes })),
      };
    }),
    sensors: (afterSensorId, limit) => pageSensors.all(afterSensorId, limit).map(toSensor),
    latestLoaded: db.transaction((sensors: readonly SensorState[], countedSeq: number) => {
      for (const sensor of sensors) put(sensor, countedSeq);
      noteLoaded.run();
    }),
    forget: db.transaction((sensorId: string, position: number) => {
      putForgotten.run(sensorId, position);
      deleteSensor.run(sensorId);
    }),
    remember: db.transaction((answers: readonly RememberedAnswer[]) => {
      for (const answer of answers) remember(answer);
    }),
    recall: (key) => recall.get(key),
    rememberedBytes,
    forgetExpired: (nowUs, withoutKeys) => {
      deleteExpired.run(nowUs);
      return rememberedBytes(withoutKeys);
    },
    deadLetters: (afterId, limit) => pageDeadLetters.all(afterId, limit).map(toLetter),
    deadLetterIds: (afterId, limit) => deadLetterIds.all(afterId, limit),
    deadLettersOf: (ids) =>
      ids.flatMap((id) => {
        const row = deadLetter.get(id);
        return row ? [toLetter(row)] : [];
      }),
    deadLettersByPoint: (after, limit) => {
      const letters: DeadLetter[] = [];
      let last: Point | undefined;
      const { sensorId, zone, timestampUs } = after ?? { sensorId: '', zone: '', timestampUs: 0 };
      for (const row of byPoint.iterate(sensorId, zone, timestampUs)) {
        if (letters.length >= limit && last && !isSamePoint(last, row)) break;
        letters.push(toLetter(row));
        last = row;
      }
      return letters;
    },
    existingDeadLetters: (ids) => ids.filter((id) => exists.get(id) !== undefined),
    hasNewerDeadLetter: (points) =>
      points.map(({ sensorId, zone, timestampUs, id }) => {
        return newer.get(sensorId, zone, timestampUs, id) !== undefined;
      }),
    deadLetterBytes: (afterSensorId, limit) => bytesBySensor.all(afterSensorId, limit),
    lastDeadLetterId: () => lastId.get() ?? 0,
    reserveDeadLetterIds: db.transaction((upTo: number) => {
      if (raiseIds.run(upTo).changes === 0 && (knownIds.get() ?? 0) === 0) beginIds.run(upTo);
    }),
    deleteDeadLetter: (id) => deleteDeadLetter.get(id),
  };
});

interface LetterRow {
  readonly id: number;
  readonly letter: string;
}

function toLetter({ id, letter }: LetterRow): DeadLetter {
  return { id, ...(JSON.parse(letter) as Omit<DeadLetter, 'id'>) };
}

function isSamePoint(a: Point, b: Point): boolean {
  return a.sensorId === b.sensorId && a.zone === b.zone && a.timestampUs === b.timestampUs;
}

/** The same as SIZE_OF_ROW. */
function sizeOf(letter: string, { sensorId, zone }: Reading): number {
  return (
    Buffer.byteLength(letter) + 2 * Buffer.byteLength(sensorId) + 2 * Buffer.byteLength(zone) + LETTER_BYTES
  );
}

function toSensor(row: SensorRow): CountedSensor {
  const [sensorId, zone, value, latencyMs, timestampUs, firstMs, lastMs, readings, countedSeq] = row;
  return {
    countedSeq,
    latest: { sensorId, zone, value, latencyMs: latencyMs ?? undefined, timestampUs },
    heard: { firstMs: firstMs ?? undefined, lastMs: lastMs ?? undefined, readings },
  };
}

function countersOf(pipeline: Database.Statement<[], PipelineRow>): Counters {
  const { stored, deadLettered, damaged } = pipeline.get() ?? { stored: 0, deadLettered: 0, damaged: 0 };
  return { stored, deadLettered, damaged };
}

/** SQLite has no checksums on its pages, and a dead letter is the only copy of its reading. */
function dropDamaged(
  db: Database.Database,
  page: Database.Statement<[number, number], { id: number; letter: string; crc: number }>,
  remove: Database.Statement<[number]>,
): number {
  const damaged: number[] = [];
  let afterId = 0;
  for (let rows = page.all(afterId, 1000); rows.length > 0; rows = page.all(afterId, 1000)) {
    for (const { id, letter, crc } of rows) if (crc32(letter) !== crc) damaged.push(id);
    afterId = rows.at(-1)?.id ?? Infinity;
  }
  db.transaction(() => {
    for (const id of damaged) remove.get(id);
  })();
  return damaged.length;
}
