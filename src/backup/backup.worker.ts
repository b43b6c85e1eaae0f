import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

import Database from 'better-sqlite3';

import { freeBytes } from '../common/disk/explain-disk-error.js';
import { withoutClass } from '../common/disk/open-sqlite.js';
import { serveCalls } from '../common/workers/serve-calls.js';
import { type BackedUpFile, COPIES_FOLDER } from './backup-format.js';
import { encodeReadingsPage, type ReadingRow } from './readings-page.js';

/** Where the rows of a page end: sensor, timestamp in microseconds, zone. */
export type RowKey = readonly [sensor: number, timestampUs: number, zone: number];

/** Some rows of the embedded store. */
export interface ReadingsPage {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly last: RowKey;
}

/** What a backup asks of its thread, which reads the files beside their owners: in WAL mode neither waits for the other. */
export interface BackupCalls extends Record<string, (...args: never[]) => unknown> {
  /**
   * Copies a SQLite file as it is at one moment.
   * @returns the copy's bytes; undefined when there is no such file
   * @throws Error DISK_FULL when the disk would have less than the reserve, and 64 MiB for the journal, with the copy
   */
  copy(name: BackedUpFile): number | undefined;
  /** Reads from the copy. */
  readCopy(at: number, maxBytes: number): Uint8Array;
  /** @throws Error with the system's code when the copy cannot be deleted */
  dropCopy(): void;
  /** @returns undefined when there is no such file, or it is not one that a backup needs */
  readSmall(name: BackedUpFile): Uint8Array | undefined;
  /** @returns the rows that follow a key, in order; undefined when there are none */
  readings(after: RowKey, limit: number): ReadingsPage | undefined;
}

const { path: folder, reserveBytes } = workerData as { path: string; reserveBytes: number };
const copies = join(folder, COPIES_FOLDER);
const copyPath = join(copies, 'copy.db');
const READINGS = join(folder, 'readings.db');
/** A clock's file takes a fraction of that; a damaged one is not needed whole. */
const MAX_SMALL_BYTES = 64 << 10;

/** Stays free beside the reserve and the copy, so that the journal can grow while a client reads the copy. */
const JOURNAL_ROOM_BYTES = 64 << 20;

/** Copying reads and writes each page once: the usual cache of 16 MiB would cost memory and save nothing. */
const CACHE_KIB = 2_048;

let copyFd: number | undefined;
let store: ReturnType<typeof openStore> | undefined;

const dropCopy = (): void => {
  const fd = copyFd;
  copyFd = undefined;
  try {
    if (fd !== undefined) closeSync(fd);
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
};

const calls: BackupCalls = {
  copy: (name) => {
    // That of a backup that was killed is gone then, too.
    dropCopy();
    const path = join(folder, name);
    if (!existsSync(path)) return undefined;
    const needed = sizeOf(path) + sizeOf(`${path}-wal`);
    const free = freeBytes(folder) ?? Infinity;
    if (free - needed < reserveBytes + JOURNAL_ROOM_BYTES)
      throw Object.assign(
        new Error(
          `a copy of ${name} needs up to ${needed} bytes beside DISK_RESERVE_BYTES (${reserveBytes}) and 64 MiB for the journal, and ${free} are free`,
        ),
        { code: 'DISK_FULL' },
      );
    mkdirSync(copies, { mode: 0o700 });
    const db = new Database(path, { fileMustExist: true });
    try {
      db.pragma(`cache_size = -${CACHE_KIB}`);
      db.prepare('VACUUM INTO ?').run(copyPath);
    } catch (error) {
      throw withoutClass(error);
    } finally {
      db.close();
    }
    copyFd = openSync(copyPath, 'r');
    return statSync(copyPath).size;
  },
  readCopy: (at, maxBytes) => {
    if (copyFd === undefined) throw new Error('There is no copy');
    const bytes = new Uint8Array(maxBytes);
    return bytes.subarray(0, readSync(copyFd, bytes, 0, maxBytes, at));
  },
  dropCopy,
  readSmall: (name) => {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats?.isFile()) return stats && new Uint8Array();
    return readFileSync(path).subarray(0, MAX_SMALL_BYTES);
  },
  readings: (after, limit) => {
    if (!existsSync(READINGS)) return undefined;
    store ??= openStore();
    return store.page(after, limit);
  },
};

function openStore(): { page: BackupCalls['readings']; close: () => void } {
  const db = new Database(READINGS, { fileMustExist: true });
  const rowsAfter = db
    .prepare<[number, number, number, number], ReadingRow>(
      'SELECT sensor, timestamp_us, zone, value, latency_ms FROM readings WHERE (sensor, timestamp_us, zone) > (?, ?, ?) ORDER BY sensor, timestamp_us, zone LIMIT ?',
    )
    .raw();
  const sensorId = db.prepare<[number], string>('SELECT sensor_id FROM sensors WHERE sensor = ?').pluck();
  const zoneName = db.prepare<[number], string>('SELECT name FROM zones WHERE zone = ?').pluck();
  const named = (name: string | undefined): string => {
    if (name === undefined)
      throw new Error('readings.db is damaged: it has a reading without a sensor or zone');
    return name;
  };
  const page = db.transaction((after: RowKey, limit: number): ReadingsPage | undefined => {
    const rows = rowsAfter.all(...after, limit);
    const last = rows.at(-1);
    if (!last) return undefined;
    const bytes = encodeReadingsPage(
      rows,
      (sensor) => named(sensorId.get(sensor)),
      (zone) => named(zoneName.get(zone)),
    );
    return { bytes, rows: rows.length, last: [last[0], last[1], last[2]] };
  });
  return { page, close: () => db.close() };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

serveCalls(calls, () => {
  store?.close();
});
