import { crc32 } from 'node:zlib';

import type Database from 'better-sqlite3';

import type { Reading } from '../reading/reading.js';
import { serveSqlite } from '../threads/serve-sqlite.js';
import type { DeadLetter } from './dead-letter.js';
import type { RememberedAnswer } from './entry.js';
import type { Counters } from './note.js';
import { holderOf, ROW_BYTES } from './remembered-answer.js';
import type { Forgotten, Heard } from './sensor-registry.js';

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
  readonly deadLetters: readonly Omit<DeadLetter, 'id'>[];
  /** Dead letters that have gone back into the journal. */
  readonly replayed: readonly number[];
  /** Those of which something was heard since the step before… */
  readonly sensors: readonly SensorState[];
  /** …as they are known at this place in the journal, which lies behind what is released. */
  readonly countedSeq: number;
  readonly remembered: readonly RememberedAnswer[];
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
  step(step: Step): Counters;
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
  lastDeadLetterId(): number;
  deleteDeadLetter(id: number): boolean;
}

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
  const putDeadLetter = db.prepare('INSERT INTO dead_letters (letter, crc) VALUES (?, ?)');
  const deleteDeadLetter = db.prepare('DELETE FROM dead_letters WHERE id = ?');
  const lastId = db.prepare<[], number>('SELECT max(id) FROM dead_letters').pluck();
  const pageDeadLetters = db.prepare<[number, number], { id: number; letter: string; crc: number }>(
    'SELECT id, letter, crc FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?',
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
      const replayed = step.replayed.reduce((sum, id) => sum + deleteDeadLetter.run(id).changes, 0);
      for (const letter of step.deadLetters) {
        const text = JSON.stringify(letter);
        putDeadLetter.run(text, crc32(text));
      }
      for (const sensor of step.sensors) put(sensor, step.countedSeq);
      dropForgotten.run(step.releasedSeq);
      for (const answer of step.remembered) remember(answer);
      const { releasedSeq, stored, damaged } = step;
      add.run({ releasedSeq, stored, damaged, deadLettered: step.deadLetters.length - replayed });
      return countersOf(readPipeline);
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
    deadLetters: (afterId, limit) =>
      pageDeadLetters
        .all(afterId, limit)
        .map(({ id, letter }) => ({ id, ...(JSON.parse(letter) as Omit<DeadLetter, 'id'>) })),
    lastDeadLetterId: () => lastId.get() ?? 0,
    deleteDeadLetter: (id) => deleteDeadLetter.run(id).changes > 0,
  };
});

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
  remove: Database.Statement,
): number {
  const damaged: number[] = [];
  let afterId = 0;
  for (let rows = page.all(afterId, 1000); rows.length > 0; rows = page.all(afterId, 1000)) {
    for (const { id, letter, crc } of rows) if (crc32(letter) !== crc) damaged.push(id);
    afterId = rows.at(-1)?.id ?? Infinity;
  }
  db.transaction(() => {
    for (const id of damaged) remove.run(id);
  })();
  return damaged.length;
}
