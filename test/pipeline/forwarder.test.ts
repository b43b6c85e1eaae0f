import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { DeadLettersService } from '../../src/dead-letters/dead-letters.service.js';
import { Forwarder } from '../../src/pipeline/forwarder.js';
import { encodeRecord, scanRecords } from '../../src/journal/record.js';
import { newSegmentName, parseSegmentName } from '../../src/journal/segment.js';
import { emptyFolder, until } from '../support/environment.js';
import { open, start, stop } from './running-pipeline.js';
import { type Whim, WhimsicalStore } from './whimsical-store.js';

type Step = { readonly batch: readonly { sensor: number; at: number }[] } | 'restart' | 'replay';

describe('the pipeline and its forwarder', () => {
  it('bring every point to its last accepted value, with replays where needed, whatever the store does', async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          batch: fc.array(fc.record({ sensor: fc.nat(4), at: fc.nat(2) }), { minLength: 1, maxLength: 8 }),
        }),
      },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
      { weight: 2, arbitrary: fc.constant('replay' as const) },
    );
    const whim = fc.constantFrom<Whim>('stores', 'stores, answer lost', 'refuses the odd', 'unavailable');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.array(whim, { maxLength: 12 }),
        async (steps, whims) => {
          const folder = emptyFolder();
          const store = new WhimsicalStore([...whims]);
          let running = await start(folder, store);
          const written = new Map<string, number[]>();
          const acceptedCounts = new Map<string, number>();
          /** Each reading that was accepted counts once with its sensor, however often the journal is read. */
          const expectCounts = (): void => {
            const counted = Array.from(running.pipeline.sensors.all(), ({ latest, readings }) => [
              latest.sensorId,
              readings,
            ]);
            expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(acceptedCounts));
          };
          /** All dead letters, of one point in the order in which their readings were accepted. */
          const letters = async (): Promise<number[]> => {
            const all = await running.pipeline.deadLetters.list(0, 1_000);
            const lastOf = new Map<string, number>();
            for (const { reading } of all) {
              const key = `${reading.sensorId} ${reading.timestampUs}`;
              expect(reading.value).toBeGreaterThan(lastOf.get(key) ?? 0);
              lastOf.set(key, reading.value);
            }
            return all.map(({ reading }) => reading.value);
          };
          const expectCounted = (): void => {
            const { accepted, stored, queued, deadLettered } = running.pipeline.monitor.counts;
            expect([accepted, stored + queued + deadLettered]).toEqual([value, value]);
            expect(Math.min(stored, queued, deadLettered)).toBeGreaterThanOrEqual(0);
          };
          let value = 0;
          let replayed = false;
          for (const one of steps) {
            if (one === 'replay') {
              replayed = true;
              await new DeadLettersService(running.pipeline.deadLetters).replay();
              expectCounted();
              continue;
            }
            if (one === 'restart') {
              await stop(running);
              running = await start(folder, store);
              expectCounts();
              expectCounted();
              continue;
            }
            const readings = one.batch.map(({ sensor, at }) => {
              value += 1;
              const key = `s${sensor} ${at}`;
              written.set(key, [...(written.get(key) ?? []), value]);
              acceptedCounts.set(`s${sensor}`, (acceptedCounts.get(`s${sensor}`) ?? 0) + 1);
              return { sensorId: `s${sensor}`, zone: 'z', value, timestampUs: at };
            });
            await running.pipeline.intake.accept({ acceptedMs: Date.now(), readings });
            expectCounted();
          }
          const settled = (): Promise<true> =>
            until(() => (running.pipeline.monitor.counts.queued === 0 ? true : undefined), 'the end');
          await settled();
          expectCounted();
          const setAside = await letters();
          expect(setAside).toHaveLength(running.pipeline.monitor.counts.deadLettered);
          for (const [key, values] of replayed ? [] : written) {
            const standing = values.filter((one) => !setAside.includes(one)).at(-1);
            expect([key, store.points.get(key)]).toEqual([key, standing]);
          }
          // A store that takes everything again gets all that it refused, the newest of each point.
          store.heal();
          // One that was overtaken on its way needs a second replay.
          for (let round = 0; round < 2; round += 1) {
            await new DeadLettersService(running.pipeline.deadLetters).replay();
            await settled();
            expectCounted();
          }
          expect(await letters()).toEqual([]);
          expect(running.pipeline.monitor.counts).toMatchObject({ stored: value, deadLettered: 0 });
          expect(running.pipeline.deadLetterUsage).toMatchObject({ size: 0, bytes: 0 });
          for (const [key, values] of written) {
            if (!store.keptOlder.has(key)) expect([key, store.points.get(key)]).toEqual([key, values.at(-1)]);
          }
          await stop(running);
          running = await start(folder, store);
          expectCounts();
          await stop(running);
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
  }, 120_000);

  it('go on when the journal is damaged, and report and count each loss once', async () => {
    const folder = emptyFolder();
    const { dataDir, pipeline } = await open(folder);
    const reports: string[] = [];
    pipeline.damages.onReport((damage) => reports.push(damage));
    for (const value of [1, 2, 3, 4])
      await pipeline.intake.accept({
        acceptedMs: 1,
        readings: [{ sensorId: 's', zone: 'z', value, timestampUs: value }],
      });
    const journal = join(folder, 'data', 'journal');
    const [name = ''] = readdirSync(journal).filter((file) => file.endsWith('.seg'));
    const { path, key } = parseSegmentName(journal, name) ?? newSegmentName(journal, 1);
    const bytes = readFileSync(path);
    const [, second, third] = [...scanRecords(key, 0, bytes)];
    if (!second || !third) throw new Error('there are four records');
    // One that is damaged, and one that is sound and yet nothing that an entry holds.
    bytes[second.end - 1] = (bytes[second.end - 1] ?? 0) ^ 1;
    encodeRecord(key, third.start, { ...third, body: Buffer.alloc(third.body.length, 'x') }).copy(
      bytes,
      third.start,
    );
    writeFileSync(path, bytes);
    const store = new WhimsicalStore([]);
    const forwarder = new Forwarder(pipeline, store);
    forwarder.start();
    await until(() => (pipeline.monitor.counts.queued === 0 ? true : undefined), 'the end');
    expect(pipeline.monitor.counts).toMatchObject({ accepted: 2, stored: 2, damaged: 2 });
    expect([...store.points.values()]).toEqual([1, 4]);
    // They may be released in one step or in two.
    const counts = reports.map((damage) => Number(/while the gateway ran: (\d+) ack/.exec(damage)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    await stop({ dataDir, pipeline, forwarder });
    const again = await start(folder, store);
    expect(again.pipeline.monitor.counts).toMatchObject({ accepted: 2, stored: 2, damaged: 2 });
    expect(again.pipeline.damages.found).toEqual([]);
    await stop(again);
  });
});
