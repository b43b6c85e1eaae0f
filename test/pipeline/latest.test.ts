import { setTimeout as sleep } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { GIVEN, SENT } from '../../src/model/stamp.js';
import type { Reading } from '../../src/model/reading.js';
import { LatestLoader } from '../../src/pipeline/latest-loader.js';
import { SensorLookup } from '../../src/pipeline/sensor-lookup.js';
import { SensorSaver } from '../../src/pipeline/sensor-saver.js';
import { packSensors } from '../../src/pipeline/state/packed-sensors.js';
import type { SavedSensors } from '../../src/pipeline/state/ledger.js';
import { SensorTable } from '../../src/pipeline/state/sensor-table.js';
import { MIGRATIONS } from '../../src/pipeline/state/state-schema.js';
import { SensorRegistry } from '../../src/registry/sensor-registry.js';
import type { Sensor } from '../../src/registry/sensor.js';
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

describe('saving many sensors that changed', () => {
  const MANY = 12_000;
  const heard = { acceptedMs: 1, heardMs: undefined };
  let sensors: SensorRegistry;
  let slices: string[][];
  /** What becomes of each slice. */
  let onSlice: () => void;
  let save: () => Promise<void>;
  const accept = (sensorId: string, position: number): void => {
    sensors.accept({ sensorId, zone: 'z', value: 1, timestampUs: 1 }, SENT, heard, position);
  };

  beforeEach(() => {
    sensors = new SensorRegistry();
    slices = [];
    onSlice = () => undefined;
    for (let index = 0; index < MANY; index += 1) accept(`s${(index * 7_919) % MANY}`, 1);
    const take = ({ sensors: { sensorIds } }: SavedSensors): Promise<void> => {
      slices.push(JSON.parse(sensorIds) as string[]);
      return Promise.resolve().then(onSlice);
    };
    const saver = new SensorSaver({ saveSensors: take }, { position: 1 }, sensors);
    save = () => saver.save(take);
  });

  it('hands them over in slices, each of sensors that follow those of the slice before', async () => {
    await save();
    expect(slices.flatMap((slice) => slice.sort())).toEqual([...sensors.idsAfter('')]);
    expect(slices.length).toBeGreaterThan(1);
    expect(Math.max(...slices.map(({ length }) => length))).toBeLessThanOrEqual(10_000);
    expect(sensors.changedCount).toBe(0);
  });

  it('hands over again what it could not save', async () => {
    onSlice = () => {
      if (slices.length === 2) throw new Error('The disk is full');
    };
    await expect(save()).rejects.toThrow('The disk is full');
    const [first = []] = slices.splice(0);
    expect(sensors.changedCount).toBe(MANY - first.length);
    onSlice = () => undefined;
    await save();
    expect([...first, ...slices.flat()].sort()).toEqual([...sensors.idsAfter('')]);
  });

  it('hands over once more what changes meanwhile, and nothing of what is forgotten meanwhile', async () => {
    const last = sensors.idsAfter('').at(-1) ?? '';
    onSlice = () => {
      if (slices.length > 1) return;
      sensors.forget(last, 1);
      accept(slices[0]?.[0] ?? '', 2);
      accept('new', 2);
    };
    await save();
    expect(slices.flat()).toHaveLength(MANY - 1);
    expect([slices.flat().includes(last), sensors.isSaved(last), sensors.isSaved('new')]).toEqual(
      Array<boolean>(3).fill(false),
    );
    const again = [slices[0]?.[0], 'new'].sort();
    slices = [[]];
    await save();
    expect(slices.flat().sort()).toEqual(again);
  });
});

it('keeps everything that is known of sensors, in the order of their ids', () => {
  const db = new Database(':memory:');
  for (const sql of MIGRATIONS) db.exec(sql);
  const table = new SensorTable(db);
  const states = Array.from({ length: 47 }, (_, index) => ({
    latest: {
      sensorId: `sensor ${String(index).padStart(2, '0')}`,
      zone: `zone ${index % 3}`,
      value: index / 8,
      latencyMs: index % 2 ? index : undefined,
      timestampUs: MAX_US - index,
    },
    stamp: index % 3 ? SENT : GIVEN,
    activity: {
      firstMs: index % 5 ? index : undefined,
      lastMs: index % 7 ? index : undefined,
      readings: index,
    },
    ignoredUs: index % 11 ? undefined : MAX_US,
  }));
  const sensors = states.map(({ activity, ...state }) => ({ ...state, ...activity }) as Sensor);
  table.put(packSensors(sensors.slice(3)), 1);
  table.put(packSensors(sensors.toReversed()), 9);
  expect(table.page('', 100)).toEqual(states.map((state) => ({ ...state, countedSeq: 9 })));
  db.close();
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
