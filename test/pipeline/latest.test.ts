import { setTimeout as sleep } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { SENT } from '../../src/model/stamp.js';
import type { Reading } from '../../src/model/reading.js';
import { LatestLoader } from '../../src/pipeline/latest-loader.js';
import { SensorLookup } from '../../src/pipeline/sensor-lookup.js';
import { SensorSaver } from '../../src/pipeline/sensor-saver.js';
import type { SavedSensors } from '../../src/pipeline/state/pipeline-state.js';
import { SensorTable } from '../../src/pipeline/state/sensor-table.js';
import { MIGRATIONS } from '../../src/pipeline/state/state-schema.js';
import { SensorRegistry } from '../../src/registry/sensor-registry.js';
import { emptyFolder, until } from '../support/environment.js';
import { type Running, start, stop } from './running-pipeline.js';
import { MAX_US, WhimsicalStore } from './whimsical-store.js';

describe('the latest readings that the store has', () => {
  let folder: string;
  let store: WhimsicalStore;
  let running: Running;

  const at = (timestampUs: number, sensorId = 's'): Reading => ({
    ...{ sensorId, zone: 'z', value: timestampUs, timestampUs },
  });
  const write = (timestampUs: number): unknown => store.points.set(`s ${timestampUs}`, timestampUs);
  const accept = async (readings: Reading[]): Promise<void> => {
    await running.pipeline.intake.accept({ acceptedMs: Date.now(), readings });
    await until(() => (running.pipeline.monitor.isStored ? true : undefined), 'the store to have it');
  };
  const remove = async (fromUs: number, toUs: number): Promise<void> => {
    const deletion = { sensorId: 's', fromUs, toUs, requestedBy: 'somebody' };
    await (
      await running.pipeline.deletions.request(deletion)
    ).finished;
  };
  const withLoader = async (act: (loader: LatestLoader) => Promise<void>): Promise<void> => {
    const stopping = new AbortController();
    const { keeper, sensors } = running.pipeline;
    await act(
      new LatestLoader(keeper, store, new SensorLookup(sensors, store, 5_000), stopping.signal),
    ).finally(() => {
      stopping.abort();
    });
  };
  const load = (): Promise<void> => withLoader((loader) => loader.load());
  /** Asks once more for what others wrote. */
  const refresh = (): Promise<void> =>
    withLoader(async (loader) => {
      let asked = 0;
      store.beforeLatest = () => Promise.resolve(void (asked += 1));
      void loader.refresh(1, 1);
      // The second question comes when the first answer is taken.
      await until(() => (asked > 1 ? true : undefined), 'two questions');
      store.beforeLatest = () => Promise.resolve();
    });
  const restart = async (): Promise<void> => {
    await stop(running);
    running = await start(folder, store);
  };
  const latest = (): number | undefined => running.pipeline.sensors.get('s')?.latest.timestampUs;

  beforeEach(async () => {
    folder = emptyFolder();
    store = new WhimsicalStore([]);
    running = await start(folder, store);
  });
  afterEach(() => stop(running));

  it('are whole when a deletion ends while they are loaded', async () => {
    write(1);
    write(5);
    store.beforeLatest = () => remove(5, MAX_US);
    await load();
    expect([latest(), running.pipeline.keeper.hasLoaded]).toEqual([1, true]);
    await restart();
    expect([latest(), running.pipeline.keeper.hasLoaded]).toEqual([1, true]);
  });

  it('are whole when more deletions end meanwhile than are remembered', async () => {
    const { sensors } = running.pipeline;
    write(1);
    store.beforeLatest = () => {
      store.beforeLatest = () => Promise.resolve();
      const deletion = { sensorId: 'other', fromUs: 0, toUs: MAX_US };
      for (let position = 1; position < 10_010; position += 1)
        sensors.endDeletion(deletion, position, undefined);
      return Promise.resolve();
    };
    await load();
    expect([latest(), running.pipeline.keeper.hasLoaded]).toEqual([1, true]);
  });

  it('are asked for again after a pause, not at once', async () => {
    await withLoader(async (loader) => {
      let asked = 0;
      store.beforeLatest = () => Promise.resolve(void (asked += 1));
      void loader.refresh(1, 60_000);
      await sleep(20);
      expect(asked).toBe(0);
    });
  });

  it('of a sensor of which a deletion left nothing are taken when others write them, also after a restart', async () => {
    for (const act of [refresh, () => restart().then(refresh)]) {
      await accept([at(5)]);
      await remove(0, MAX_US);
      expect(latest()).toBeUndefined();
      write(3);
      await act();
      expect(latest()).toBe(3);
    }
  });

  it('of a sensor that people made the gateway forget stay away until there are newer ones, also after a restart', async () => {
    await accept([at(5)]);
    await running.pipeline.keeper.forget('s');
    await refresh();
    expect(latest()).toBeUndefined();
    await restart();
    await refresh();
    expect(latest()).toBeUndefined();
    await accept([at(3)]);
    await refresh();
    expect(latest()).toBe(3);
    // Only now is all from before released, and saved.
    await accept([at(2)]);
    await restart();
    await refresh();
    expect(latest()).toBe(3);
    write(6);
    await refresh();
    expect(latest()).toBe(6);
  });

  it('and those that were accepted are saved in slices, all of them before the step ends', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => at(1, `s${index}`));
    await accept(many);
    await restart();
    const known = [...running.pipeline.sensors.all()];
    expect(known.map(({ latest: { sensorId }, readings }) => `${sensorId} ${readings}`).sort()).toEqual(
      many.map(({ sensorId }) => `${sensorId} 1`).sort(),
    );
  });
});

it('hands the thread of state.db at most 2,000 sensors at once, and again what it could not save', async () => {
  const sensors = new SensorRegistry();
  const heard = { acceptedMs: 1, heardMs: undefined };
  for (let index = 0; index < 5_000; index += 1)
    sensors.accept({ sensorId: `s${index}`, zone: 'z', value: 1, timestampUs: 1 }, SENT, heard, 1);
  const saved = new Map<string, number>();
  let isBroken = true;
  const take = ({ sensors: slice }: SavedSensors): Promise<number> => {
    expect(slice.length).toBeLessThanOrEqual(2_000);
    if (isBroken && saved.size >= 2_000) return Promise.reject(new Error('The disk is full'));
    for (const { latest, activity } of slice) saved.set(latest.sensorId, activity.readings);
    return Promise.resolve(slice.length);
  };
  const state = { call: (_: string, [slice]: readonly unknown[]) => take(slice as SavedSensors) };
  const saver = new SensorSaver(state as never, { position: 1 }, sensors);
  await expect(saver.save(take)).rejects.toThrow('The disk is full');
  expect([saved.size, sensors.changedCount]).toEqual([2_000, 3_000]);
  isBroken = false;
  expect([await saver.save(take), saved.size, sensors.changedCount]).toEqual([1_000, 5_000, 0]);
});

it('does not bring back sensors that people made an earlier version forget', () => {
  const db = new Database(':memory:');
  const isNew = (sql: string): boolean => sql.includes('ignored_us');
  for (const sql of MIGRATIONS.filter((one) => !isNew(one))) db.exec(sql);
  db.exec("INSERT INTO forgotten (sensor_id, seq) VALUES ('s', 7)");
  const beforeUs = Math.floor(Date.now() / 1000) * 1_000_000;
  for (const sql of MIGRATIONS.filter(isNew)) db.exec(sql);
  const [{ ignoredUs, ...forgotten } = { ignoredUs: 0 }] = new SensorTable(db).forgotten();
  expect(forgotten).toEqual({ sensorId: 's', position: 7 });
  expect(ignoredUs).toBeGreaterThanOrEqual(beforeUs);
  expect(ignoredUs).toBeLessThanOrEqual(Date.now() * 1000);
  db.close();
});
