import { join } from 'node:path';

import fc from 'fast-check';

import { DeadLettersService } from '../../src/dead-letters/dead-letters.service.js';
import { covers, type Deletion, type DeletionResult } from '../../src/model/deletion.js';
import type { Reading } from '../../src/model/reading.js';
import { type InFlightGroup, outcomeOf, toInFlightGroup } from '../../src/pipeline/in-flight-group.js';
import { packSensors } from '../../src/pipeline/state/packed-sensors.js';
import { LocalLedger } from '../../src/pipeline/state/local-ledger.js';
import { emptyFolder, fileOptions, until } from '../support/environment.js';
import { open, type Running, start, stop } from './running-pipeline.js';
import { type Ask, MAX_US, type Whim, WhimsicalStore } from './whimsical-store.js';

type Step =
  | { readonly batch: readonly { sensor: number; at: number }[] }
  | { readonly remove: { sensor: number; from: number; length: number } }
  | 'restart'
  | 'replay';

const SENSORS = 3;

/** What was accepted, and which of it is not deleted. */
class Model {
  accepted = 0;
  /** Readings that no later deletion covers, in the order of acceptance. */
  readings: Reading[] = [];

  next(batch: readonly { sensor: number; at: number }[]): Reading[] {
    return batch.map(({ sensor, at }) => {
      this.accepted += 1;
      const reading = { sensorId: `s${sensor}`, zone: 'z', value: this.accepted, timestampUs: at };
      this.readings.push(reading);
      return reading;
    });
  }

  delete(deletion: Deletion): void {
    this.readings = this.readings.filter((reading) => !covers(deletion, reading));
  }

  /** The values that a point may have, in the order of acceptance. */
  valuesOf(sensorId: string, timestampUs: number): number[] {
    return this.readings
      .filter((one) => one.sensorId === sensorId && one.timestampUs === timestampUs)
      .map(({ value }) => value);
  }

  get values(): number[] {
    return this.readings.map(({ value }) => value);
  }
}

describe('deletions', () => {
  it('are not undone by a replay that comes behind one that waits for the store', async () => {
    const whims: Whim[] = ['refuses the odd'];
    const store = new WhimsicalStore(whims);
    const running = await start(emptyFolder(), store);
    const { intake, deletions, deadLetters, monitor } = running.pipeline;
    const settled = (): Promise<true> => until(() => (monitor.isStored ? true : undefined), 'the end');
    const reading = { sensorId: 's0', zone: 'z', value: 1, timestampUs: 1 };
    await intake.accept({ acceptedMs: 1, readings: [reading, { ...reading, value: 3, timestampUs: 5 }] });
    await settled();
    expect(monitor.counts).toMatchObject({ deadLettered: 2 });
    whims.push(...Array.from({ length: 10_000 }, (): Whim => 'unavailable'));
    const range = { fromUs: 0, toUs: 2, requestedBy: 'somebody' };
    const { finished } = await deletions.request({ sensorId: 's0', ...range });
    expect(await new DeadLettersService(deadLetters).replay()).toMatchObject({ replayed: 1 });
    store.heal();
    expect(await finished).toMatchObject({ readings: 0, deadLetters: 1 });
    await settled();
    expect([...store.points.values()]).toEqual([3]);
    expect(await deadLetters.list(0, 10)).toEqual([]);
    await stop(running);
  });

  it('whose entry was damaged while the gateway ran count as no lost reading, and end', async () => {
    const { dataDir, pipeline } = await open(emptyFolder());
    const { deletions, intake, monitor } = pipeline;
    await intake.accept({
      acceptedMs: 1,
      readings: [{ sensorId: 's', zone: 'z', value: 1, timestampUs: 1 }],
    });
    const range = { sensorId: 's', fromUs: 0, toUs: 9, requestedBy: 'somebody' };
    const { finished } = await deletions.request(range);
    await pipeline.finish(2, outcomeOf([toInFlightGroup([{ position: 2, count: 2, entry: undefined }])]));
    expect(await finished).toMatchObject({ refusal: expect.stringContaining('damaged') as string });
    expect(monitor.counts).toMatchObject({ accepted: 0, queued: 0, damaged: 1 });
    expect([monitor.isStored, deletions.covers({ sensorId: 's', zone: 'z', timestampUs: 1 })]).toEqual([
      true,
      false,
    ]);
    await pipeline.close();
    dataDir.release();
  });

  describe('that cannot be carried out while the store takes readings', () => {
    const reading = { sensorId: 's0', zone: 'z', value: 2, timestampUs: 1 };
    const range = { sensorId: 's0', fromUs: 0, toUs: 9, requestedBy: 'somebody' };

    it.each<[Ask, object, Reading | undefined]>([
      ['count', { readings: undefined, refusal: undefined }, undefined],
      ['latest', { readings: 1, refusal: undefined }, undefined],
      ['delete', { readings: 1, refusal: 'delete: no', isBegun: true }, reading],
    ])('hold nothing up when %s fails for too long', async (ask, expected, latest) => {
      const store = new WhimsicalStore([]);
      const running = await start(emptyFolder(), store, 50);
      const { intake, deletions, monitor, sensors } = running.pipeline;
      await intake.accept({ acceptedMs: 1, readings: [reading] });
      await until(() => (monitor.isStored ? true : undefined), 'the reading');
      store.failing = ask;
      const { finished } = await deletions.request(range);
      // Of another lane: what it takes shows that it takes readings.
      const sending = setInterval(() => {
        void intake.accept({ acceptedMs: 1, readings: [{ ...reading, sensorId: 's1', value: 4 }] });
      }, 20);
      expect(await finished).toMatchObject(expected);
      clearInterval(sending);
      await until(() => (monitor.isStored ? true : undefined), 'what came after');
      expect(sensors.get('s0')?.latest).toEqual(latest);
      expect(store.points.has('s0 1')).toBe(latest !== undefined);
      await stop(running);
    });

    it('wait as long as the store takes nothing', async () => {
      const store = new WhimsicalStore([]);
      const running = await start(emptyFolder(), store, 50);
      const { deletions } = running.pipeline;
      store.failing = 'delete';
      const { finished } = await deletions.request(range);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(deletions.size).toBe(1);
      store.failing = undefined;
      expect(await finished).toMatchObject({ refusal: undefined });
      await stop(running);
    });

    it('say that some may be gone when a run before has begun them', async () => {
      const folder = emptyFolder();
      const store = new WhimsicalStore([]);
      const first = await start(folder, store);
      await first.pipeline.intake.accept({ acceptedMs: 1, readings: [reading] });
      await until(() => (first.pipeline.monitor.isStored ? true : undefined), 'the reading');
      store.failing = 'latest';
      await first.pipeline.deletions.request(range);
      await until(() => (store.deleted > 0 ? true : undefined), 'the deletion');
      await stop(first);
      store.failing = 'delete';
      store.refusesDeletions = true;
      const second = await start(folder, store);
      const { deletions, sensors } = second.pipeline;
      const results: DeletionResult[] = [];
      deletions.onFinished((result) => results.push(result));
      await until(() => (deletions.size === 0 ? true : undefined), 'the end');
      const expected = [{ readings: 1, refusal: 'delete: never', isBegun: true }];
      expect(await deletions.unrecorded()).toMatchObject(expected);
      expect(sensors.get('s0')).toBeUndefined();
      await stop(second);
    });
  });

  it('delete the dead letters of what was accepted before, and not those of one step that came after', async () => {
    const folder = emptyFolder();
    const ledger = await LocalLedger.open(join(folder, 'state.db'), fileOptions(folder));
    const groupOf = (position: number, value: number, timestampUs: number): InFlightGroup => ({
      ...toInFlightGroup([{ position, count: 1, entry: { acceptedMs: 1, readings: [] } }]),
      deadLetters: [
        {
          id: undefined,
          timeUs: 1,
          reason: 'odd',
          reading: { sensorId: 's', zone: 'z', value, timestampUs },
        },
      ],
    });
    const deletion = { sensorId: 's', fromUs: 0, toUs: 5, requestedBy: 'somebody' };
    const deleting = { position: 3, count: 1, entry: { acceptedMs: 1, readings: [], deletion } };
    const groups = [groupOf(1, 1, 1), groupOf(2, 2, 9), toInFlightGroup([deleting]), groupOf(4, 4, 1)];
    const outcome = outcomeOf(groups);
    const none = { sensors: packSensors([]), countedSeq: 0, releasedSeq: 4 };
    const { deletions, changes } = await ledger.step({ ...outcome, stored: 0, ...none });
    expect(deletions).toMatchObject([{ position: 3, deadLetters: 1 }]);
    const left = await ledger.deadLetters(0, 10);
    expect(left.map(({ reading }) => reading.value)).toEqual([2, 4]);
    const bytes = await ledger.deadLetterBytes('', 10);
    expect(changes).toEqual(bytes);
    const refused = toInFlightGroup([{ ...deleting, position: 5 }]);
    if (refused.deletion) refused.deletion.refusal = 'never';
    const kept = await ledger.step({ ...outcomeOf([refused]), stored: 0, ...none, releasedSeq: 5 });
    expect(kept.deletions).toMatchObject([{ position: 5, deadLetters: 0, refusal: 'never' }]);
    // Until they are in the system log.
    const results = [...deletions, ...kept.deletions];
    expect(await ledger.unrecordedDeletions()).toEqual(results);
    for (const { id } of results) await ledger.recordedDeletion(id);
    expect(await ledger.unrecordedDeletions()).toEqual([]);
    expect(await ledger.deadLetters(0, 10)).toEqual(left);
    await ledger.close();
  });

  it('remove what was accepted before and nothing that was accepted after, whatever the store does', async () => {
    const place = { sensor: fc.nat(SENSORS - 1), at: fc.nat(MAX_US - 1) };
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ batch: fc.array(fc.record(place), { minLength: 1, maxLength: 8 }) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          remove: fc.record({
            sensor: place.sensor,
            from: place.at,
            length: fc.integer({ min: 1, max: MAX_US }),
          }),
        }),
      },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
      { weight: 2, arbitrary: fc.constant('replay' as const) },
    );
    const whim = fc.constantFrom<Whim>('stores', 'stores, answer lost', 'refuses the odd', 'unavailable');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.array(whim, { maxLength: 14 }),
        fc.nat(3).map((one) => one > 0),
        async (steps, whims, isHurried) => {
          await check(steps, new WhimsicalStore([...whims]), isHurried);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  }, 120_000);
});

/** @param isHurried whether the next step comes before the store has taken the one before */
async function check(steps: readonly Step[], store: WhimsicalStore, isHurried: boolean): Promise<void> {
  const folder = emptyFolder();
  const model = new Model();
  const results: DeletionResult[] = [];
  const listen = (started: Running): Running => {
    started.pipeline.deletions.onFinished((result) => results.push(result));
    return started;
  };
  let running = listen(await start(folder, store));
  let requested = 0;

  const expectCounted = (): void => {
    const { accepted, stored, queued, deadLettered } = running.pipeline.monitor.counts;
    expect([accepted, stored + queued + deadLettered]).toEqual([model.accepted, model.accepted]);
    expect(Math.min(stored, queued, deadLettered)).toBeGreaterThanOrEqual(0);
  };
  const settled = (): Promise<true> =>
    until(() => (running.pipeline.monitor.isStored ? true : undefined), 'the end');
  const replay = (): Promise<unknown> => new DeadLettersService(running.pipeline.deadLetters).replay();
  const letters = async (): Promise<number[]> =>
    (await running.pipeline.deadLetters.list(0, 1_000)).map(({ reading }) => reading.value);
  const expectNothingDeleted = async (): Promise<void> => {
    await settled();
    expectCounted();
    const left = new Set(model.values);
    expect([...store.points.values(), ...(await letters())].filter((value) => !left.has(value))).toEqual([]);
    for (let sensor = 0; sensor < SENSORS; sensor += 1) {
      const latest = running.pipeline.sensors.get(`s${sensor}`)?.latest;
      const stored = await store.latest(`s${sensor}`);
      if (latest) expect(left).toContain(latest.value);
      expect(latest?.timestampUs ?? -1).toBeGreaterThanOrEqual(stored?.timestampUs ?? -1);
    }
  };

  for (const one of steps) {
    if (one === 'replay') {
      await replay();
    } else if (one === 'restart') {
      await stop(running);
      running = listen(await start(folder, store));
    } else if ('batch' in one) {
      await running.pipeline.intake.accept({ acceptedMs: 1, readings: model.next(one.batch) });
    } else {
      const { sensor, from, length } = one.remove;
      const range = { fromUs: from, toUs: Math.min(MAX_US, from + length) };
      const deletion = { sensorId: `s${sensor}`, ...range, requestedBy: 'somebody' };
      await running.pipeline.deletions.request(deletion);
      model.delete(deletion);
      requested += 1;
    }
    expectCounted();
    if (!isHurried) await expectNothingDeleted();
  }
  await expectNothingDeleted();
  expect(results).toHaveLength(requested);
  const counted = results.reduce((sum, { readings }) => sum + (readings ?? NaN), 0);
  if (!steps.includes('restart')) expect(counted).toBe(store.deleted);
  expect(counted).toBeLessThanOrEqual(store.deleted);

  // A store that takes everything again gets all that it refused and that is not deleted.
  store.heal();
  for (let round = 0; round < 2; round += 1) {
    await replay();
    await expectNothingDeleted();
  }
  expect(await letters()).toEqual([]);
  expect(running.pipeline.deadLetterUsage).toMatchObject({ size: 0, bytes: 0 });
  const deletedLetters = results.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  expect(running.pipeline.monitor.counts.deadLettered).toBe(deletedLetters);
  for (let sensor = 0; sensor < SENSORS; sensor += 1)
    for (let at = 0; at < MAX_US; at += 1) {
      const key = `s${sensor} ${at}`;
      const values = model.valuesOf(`s${sensor}`, at);
      if (!store.keptOlder.has(key)) expect([key, store.points.get(key)]).toEqual([key, values.at(-1)]);
    }
  await stop(running);
}
