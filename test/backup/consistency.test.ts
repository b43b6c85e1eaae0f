import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import fc from 'fast-check';

import { BackupFiles } from '../../src/backup/backup-files.js';
import { BackupRun } from '../../src/backup/backup-run.js';
import { checkBackup } from '../../src/cli/backup/check-backup.js';
import { unpackBackup } from '../../src/cli/backup/unpack-backup.js';
import { EmbeddedStore } from '../../src/influx/embedded/embedded-store.js';
import { covers } from '../../src/model/deletion.js';
import type { Reading } from '../../src/model/reading.js';
import { emptyFolder, fileOptions, until } from '../support/environment.js';
import { type Running, start, stop } from '../pipeline/running-pipeline.js';

const SENSORS = 3;
const MAX_US = 40;
/** After so many steps the forwarder writes what waits. */
const FLUSH_EVERY = 5;
/** A run takes about a second. */
const RUNS = Number(process.env.BACKUP_RUNS ?? 4);
const HEADER = { createdAt: '2026-01-30T00:00:00Z', store: 'embedded' };

type Step =
  | { readonly write: { sensor: number; at: number; hasLatency: boolean } }
  | { readonly remove: { sensor: number; from: number; length: number } };

interface Started extends Running {
  readonly store: EmbeddedStore;
}

/** A pipeline over the embedded store, both in one folder. */
async function startIn(folder: string): Promise<Started> {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { recursive: true });
  const store = await EmbeddedStore.open(join(dataDir, 'readings.db'), fileOptions(folder));
  return { ...(await start(folder, store)), store };
}

async function stopBoth(started: Started): Promise<void> {
  await stop(started);
  await started.store.close();
}

/** Batches do not wait until they are worth a write, so that a run takes little time. */
async function settled({ pipeline: { monitor }, forwarder }: Started): Promise<void> {
  const isStored = async (): Promise<true | undefined> => {
    await forwarder.drain(30);
    return monitor.isStored ? true : undefined;
  };
  await until(isStored, 'everything to be stored', 10_000);
}

/** What the store holds, read without the gateway's code. */
function rowsIn(folder: string): unknown[] {
  const db = new Database(join(folder, 'data', 'readings.db'), { readonly: true });
  const rows = db
    .prepare(
      `SELECT sensor_id, timestamp_us, name, value, latency_ms FROM readings JOIN sensors USING (sensor)
       JOIN zones USING (zone) ORDER BY sensor_id, timestamp_us, name`,
    )
    .raw()
    .all();
  db.close();
  return rows;
}

/** What the store must hold after the first steps. */
function modelOf(steps: readonly Step[]): unknown[] {
  let readings: Reading[] = [];
  for (const [index, step] of steps.entries()) {
    if ('remove' in step) {
      const { sensorId, fromUs, toUs } = deletionOf(step.remove);
      readings = readings.filter((reading) => !covers({ sensorId, fromUs, toUs }, reading));
      continue;
    }
    const reading = readingOf(index, step.write);
    const before = readings.find(
      ({ sensorId, timestampUs }) => sensorId === reading.sensorId && timestampUs === reading.timestampUs,
    );
    readings = readings.filter((one) => one !== before);
    readings.push({ ...before, ...reading });
  }
  return readings
    .sort((a, b) =>
      a.sensorId < b.sensorId ? -1 : a.sensorId > b.sensorId ? 1 : a.timestampUs - b.timestampUs,
    )
    .map(({ sensorId, timestampUs, zone, value, latencyMs }) => [
      sensorId,
      timestampUs,
      zone,
      value,
      latencyMs ?? null,
    ]);
}

function readingOf(
  index: number,
  { sensor, at, hasLatency }: { sensor: number; at: number; hasLatency: boolean },
): Reading {
  const reading = { sensorId: `s${sensor}`, zone: 'z', value: index, timestampUs: at };
  return hasLatency ? { ...reading, latencyMs: index } : reading;
}

function deletionOf({ sensor, from, length }: { sensor: number; from: number; length: number }) {
  return { sensorId: `s${sensor}`, fromUs: from, toUs: from + length, requestedBy: 'somebody' };
}

async function accept(
  { pipeline: { intake, deletions } }: Running,
  step: Step,
  index: number,
): Promise<void> {
  if ('remove' in step) await deletions.request(deletionOf(step.remove));
  else await intake.accept({ acceptedMs: 1, readings: [readingOf(index, step.write)] });
}

/** Makes a backup with small pages of the store, so that it changes between them. @returns the folder of the file */
async function backUp({ dataDir, pipeline: { feed } }: Running): Promise<string> {
  const hold = feed.hold();
  const files = await BackupFiles.open(dataDir, 2);
  try {
    const stateBytes = (await files.copy('state.db')) ?? 0;
    const run = new BackupRun(files, feed, hold, stateBytes, HEADER, () => undefined);
    const chunks: Buffer[] = [];
    let failure: string | undefined;
    for await (const chunk of run.content((reason) => (failure = reason))) chunks.push(chunk);
    expect(failure).toBe(undefined);
    const path = join(emptyFolder(), 'gateway.backup');
    writeFileSync(path, Buffer.concat(chunks));
    return path;
  } finally {
    await hold.close();
    await files.close();
  }
}

describe('a backup that is made while readings are accepted and deleted', () => {
  it(
    'makes a gateway that has what was accepted up to one position, as if it had been stopped there',
    async () => {
      const place = { sensor: fc.nat(SENSORS - 1) };
      const step: fc.Arbitrary<Step> = fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            write: fc.record({ ...place, at: fc.nat(MAX_US - 1), hasLatency: fc.boolean() }),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({
            remove: fc.record({
              ...place,
              from: fc.nat(MAX_US - 1),
              length: fc.integer({ min: 1, max: MAX_US }),
            }),
          }),
        },
      );
      const steps = fc.array(step, { minLength: 100, maxLength: 300 });
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(99), async (all, before) => {
          const started = await startIn(emptyFolder());
          for (const [index, one] of all.slice(0, before).entries()) await accept(started, one, index);
          const backingUp = backUp(started);
          for (const [index, one] of all.entries()) {
            if (index < before) continue;
            await accept(started, one, index);
            // The store changes while it is read.
            if (index % FLUSH_EVERY === 0) void started.forwarder.drain(30);
          }
          const path = await backingUp;
          await settled(started);
          await stopBoth(started);

          const checked = await checkBackup(path);
          const { journalTo } = checked.end;
          expect(journalTo).toBeGreaterThanOrEqual(before);
          const folder = emptyFolder();
          mkdirSync(join(folder, 'data'));
          await unpackBackup(checked, join(folder, 'data'));
          const restored = await startIn(folder);
          expect(restored.pipeline.damages.found).toEqual([]);
          await settled(restored);
          const { accepted, stored } = restored.pipeline.monitor.counts;
          expect(accepted).toBe(all.slice(0, journalTo).filter((one) => 'write' in one).length);
          expect(stored).toBe(accepted);
          await stopBoth(restored);
          expect(rowsIn(folder)).toEqual(modelOf(all.slice(0, journalTo)));
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 15_000,
  );
});
