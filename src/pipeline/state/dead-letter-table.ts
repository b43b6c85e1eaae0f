import { crc32 } from 'node:zlib';

import type Database from 'better-sqlite3';

import type { DeadLetter, NewDeadLetter, Point } from '../../model/dead-letter.js';
import type { Reading } from '../../model/reading.js';
import type { Deletion } from '../../model/deletion.js';
import type { SensorBytes } from './ledger.js';
import { LETTER_BYTES } from './state-schema.js';

interface LetterRow {
  readonly id: number;
  readonly letter: string;
}

type CheckedRow = LetterRow & { readonly crc: number };

interface Covered {
  readonly sensorId: string;
  readonly zone: string | null;
  readonly fromUs: number;
  readonly toUs: number;
}

const COVERED =
  'sensor_id = @sensorId AND (@zone IS NULL OR zone = @zone) AND timestamp_us >= @fromUs AND timestamp_us < @toUs';

const ROWS_AT_ONCE = 1_000;

/** The dead letters. */
export class DeadLetterTable {
  private readonly putRow: Database.Statement;
  private readonly deleteRow: Database.Statement<[number], SensorBytes>;
  private readonly row: Database.Statement<[number], LetterRow>;
  private readonly pageRows: Database.Statement<[number, number], CheckedRow>;
  private readonly pageIds: Database.Statement<[number, number], number>;
  private readonly byPoint: Database.Statement<[string, string, number], LetterRow & Point>;
  private readonly id: Database.Statement<[number], number>;
  private readonly newer: Database.Statement<[string, string, number, number], number>;
  private readonly bytesBySensor: Database.Statement<[string, number], SensorBytes>;
  private readonly maxId: Database.Statement<[], number>;
  private readonly knownIds: Database.Statement<[], number>;
  private readonly raiseIds: Database.Statement;
  private readonly beginIds: Database.Statement;
  private readonly sumCovered: Database.Statement<[Covered], { letters: number; bytes: number }>;
  private readonly deleteCoveredRows: Database.Statement<[Covered]>;

  constructor(private readonly db: Database.Database) {
    this.putRow = db.prepare(
      `INSERT INTO dead_letters (id, letter, crc, sensor_id, zone, timestamp_us, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.deleteRow = db.prepare<[number], SensorBytes>(
      'DELETE FROM dead_letters WHERE id = ? RETURNING sensor_id AS sensorId, bytes',
    );
    this.row = db.prepare<[number], LetterRow>('SELECT id, letter FROM dead_letters WHERE id = ?');
    this.pageRows = db.prepare<[number, number], CheckedRow>(
      'SELECT id, letter, crc FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.pageIds = db
      .prepare<[number, number], number>('SELECT id FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?')
      .pluck();
    this.byPoint = db.prepare<[string, string, number], LetterRow & Point>(
      `SELECT id, letter, sensor_id AS sensorId, zone, timestamp_us AS timestampUs FROM dead_letters
       WHERE (sensor_id, zone, timestamp_us) > (?, ?, ?) ORDER BY sensor_id, zone, timestamp_us, id`,
    );
    this.id = db.prepare<[number], number>('SELECT id FROM dead_letters WHERE id = ?').pluck();
    this.newer = db
      .prepare<[string, string, number, number], number>(
        'SELECT 1 FROM dead_letters WHERE sensor_id = ? AND zone = ? AND timestamp_us = ? AND id > ? LIMIT 1',
      )
      .pluck();
    this.bytesBySensor = db.prepare<[string, number], SensorBytes>(
      `SELECT sensor_id AS sensorId, sum(bytes) AS bytes FROM dead_letters WHERE sensor_id > ?
       GROUP BY sensor_id ORDER BY sensor_id LIMIT ?`,
    );
    this.maxId = db.prepare<[], number>('SELECT max(id) FROM dead_letters').pluck();
    this.knownIds = db
      .prepare<[], number>("SELECT count(*) FROM sqlite_sequence WHERE name = 'dead_letters'")
      .pluck();
    this.raiseIds = db.prepare("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'dead_letters'");
    this.beginIds = db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('dead_letters', ?)");
    this.sumCovered = db.prepare<[Covered], { letters: number; bytes: number }>(
      `SELECT count(*) AS letters, total(bytes) AS bytes FROM dead_letters WHERE ${COVERED}`,
    );
    this.deleteCoveredRows = db.prepare<[Covered]>(`DELETE FROM dead_letters WHERE ${COVERED}`);
  }

  /** @returns its sensor, and the bytes it takes on disk */
  put({ id, ...letter }: NewDeadLetter): SensorBytes {
    const text = JSON.stringify(letter);
    const { sensorId, zone, timestampUs } = letter.reading;
    const bytes = sizeOf(text, letter.reading);
    this.putRow.run(id ?? null, text, crc32(text), sensorId, zone, timestampUs, bytes);
    return { sensorId, bytes };
  }

  /** @returns its sensor and its bytes; undefined when there is none with that id */
  delete(id: number): SensorBytes | undefined {
    return this.deleteRow.get(id);
  }

  /** Deletes those of a deletion. @returns how many they were, and their bytes */
  deleteCovered({ sensorId, zone, fromUs, toUs }: Deletion): SensorBytes & { letters: number } {
    const covered = { sensorId, zone: zone ?? null, fromUs, toUs };
    const { letters = 0, bytes = 0 } = this.sumCovered.get(covered) ?? {};
    if (letters > 0) this.deleteCoveredRows.run(covered);
    return { sensorId, letters, bytes };
  }

  page(afterId: number, limit: number): DeadLetter[] {
    return this.pageRows.all(afterId, limit).map(toLetter);
  }

  ids(afterId: number, limit: number): number[] {
    return this.pageIds.all(afterId, limit);
  }

  of(ids: readonly number[]): DeadLetter[] {
    return ids.flatMap((id) => {
      const row = this.row.get(id);
      return row ? [toLetter(row)] : [];
    });
  }

  /** About `limit` dead letters of points that follow one, ordered by point and id; all of each point. */
  pageByPoint(after: Point | undefined, limit: number): DeadLetter[] {
    const letters: DeadLetter[] = [];
    let last: Point | undefined;
    const { sensorId, zone, timestampUs } = after ?? { sensorId: '', zone: '', timestampUs: 0 };
    for (const row of this.byPoint.iterate(sensorId, zone, timestampUs)) {
      if (letters.length >= limit && last && !isSamePoint(last, row)) break;
      letters.push(toLetter(row));
      last = row;
    }
    return letters;
  }

  existing(ids: readonly number[]): number[] {
    return ids.filter((id) => this.id.get(id) !== undefined);
  }

  hasNewer(points: readonly (Point & { readonly id: number })[]): boolean[] {
    return points.map(({ sensorId, zone, timestampUs, id }) => {
      return this.newer.get(sensorId, zone, timestampUs, id) !== undefined;
    });
  }

  bytes(afterSensorId: string, limit: number): SensorBytes[] {
    return this.bytesBySensor.all(afterSensorId, limit);
  }

  lastId(): number {
    return this.maxId.get() ?? 0;
  }

  /** Gives no new dead letter an id up to this one. */
  reserveIds(upTo: number): void {
    if (this.raiseIds.run(upTo).changes === 0 && (this.knownIds.get() ?? 0) === 0) this.beginIds.run(upTo);
  }

  /**
   * Deletes those whose checksum is wrong: SQLite has no checksums on its pages, and a dead letter is the only copy of
   * its reading.
   * @returns how many they are
   */
  dropDamaged(): number {
    const damaged: number[] = [];
    let afterId = 0;
    for (
      let rows = this.pageRows.all(afterId, ROWS_AT_ONCE);
      rows.length > 0;
      rows = this.pageRows.all(afterId, ROWS_AT_ONCE)
    ) {
      for (const { id, letter, crc } of rows) if (crc32(letter) !== crc) damaged.push(id);
      afterId = rows.at(-1)?.id ?? Infinity;
    }
    this.db.transaction(() => {
      for (const id of damaged) this.deleteRow.get(id);
    })();
    return damaged.length;
  }
}

function toLetter({ id, letter }: LetterRow): DeadLetter {
  return { id, ...(JSON.parse(letter) as Omit<DeadLetter, 'id'>) };
}

function isSamePoint(a: Point, b: Point): boolean {
  return a.sensorId === b.sensorId && a.zone === b.zone && a.timestampUs === b.timestampUs;
}

/** The same as the schema's SIZE_OF_ROW. */
function sizeOf(letter: string, { sensorId, zone }: Reading): number {
  return (
    Buffer.byteLength(letter) + 2 * Buffer.byteLength(sensorId) + 2 * Buffer.byteLength(zone) + LETTER_BYTES
  );
}
