import type { RememberedAnswer } from '../../src/journal/entry.js';
import type { NewDeadLetter } from '../../src/model/dead-letter.js';
import type { Deletion } from '../../src/model/deletion.js';
import { GIVEN } from '../../src/model/stamp.js';
import { rememberedSize } from '../../src/pipeline/answer-storage.js';
import type { Ledger, SavedSensors, Step, StepDeletion } from '../../src/pipeline/state/ledger.js';
import { packSensors } from '../../src/pipeline/state/packed-sensors.js';
import type { Sensor } from '../../src/registry/sensor.js';
import { killAfter, type Place } from '../support/place.js';

const NONE = { stored: 0, deadLettered: 0, damaged: 0 };
const NOON_US = 1_796_040_000_000_000;
const EMBEDDED = { kind: 'embedded', url: '', org: '', bucket: '' } as const;
const bucket = (name: string, url = 'http://one') =>
  ({ kind: 'influxdb', url, org: 'o', bucket: name }) as const;

const sensor = (sensorId: string, more: Partial<Sensor> = {}): Sensor => ({
  latest: { sensorId, zone: 'z', value: 1.5, latencyMs: 2, timestampUs: NOON_US },
  ...{ stamp: GIVEN, firstMs: 1_000, lastMs: 2_000, readings: 3, ignoredUs: undefined },
  ...{ heardMs: undefined, version: 1, gapMs: 0, pauseMs: 0, gaps: 0, delayMs: undefined },
  ...more,
});
export const saved = (countedSeq: number, ...sensors: Sensor[]): SavedSensors => ({
  sensors: packSensors(sensors),
  countedSeq,
});
export const stepTo = (releasedSeq: number, more: Partial<Step> = {}): Step => ({
  ...saved(releasedSeq),
  ...{ releasedSeq, stored: 0, damaged: 0, deadLetters: [], replayed: [], deletions: [], remembered: [] },
  ...more,
});
export const letter = (value: number, sensorId = 's', timestampUs = value): NewDeadLetter => ({
  ...{ id: undefined, timeUs: 1, reason: 'odd' },
  reading: { sensorId, zone: 'z', value, timestampUs },
});
const answer = (n: number, more: Partial<RememberedAnswer> = {}): RememberedAnswer => ({
  ...{ key: `k\n${n}`, fingerprint: 'f', answer: `{"n":${n}}`, holder: 'key k', expiresUs: NOON_US + n },
  ...more,
});
const deletionAt = (
  position: number,
  deletion: Deletion,
  more: Partial<StepDeletion> = {},
): StepDeletion => ({
  ...{ position, deletion: { ...deletion, requestedBy: 'somebody' }, readings: 1, refusal: undefined },
  ...{ isBegun: true, lettersBefore: 0, forgets: false },
  ...more,
});

/** What every Ledger does; each implementation runs the same tests. */
export function describeLedger(newPlace: () => Place<Ledger>): void {
  let place: Place<Ledger>;
  let ledger: Ledger;

  const reopen = async (): Promise<void> => {
    await ledger.close();
    ledger = await place.open();
  };
  const sensorIds = async (): Promise<string[]> =>
    (await ledger.sensors('', 100)).map(({ latest }) => latest.sensorId);
  const values = async (): Promise<number[]> =>
    (await ledger.deadLetters(0, 100)).map(({ reading }) => reading.value);

  beforeEach(async () => {
    place = newPlace();
    ledger = await place.open();
  });
  afterEach(async () => {
    await ledger.close();
  });

  it('says at the first start that it is new, and at the next one that nothing was released', async () => {
    expect(ledger.start).toMatchObject({
      ...{ releasedSeq: undefined, counters: NONE, forgotten: [] },
      ...{ latestLoaded: false, damagedDeadLetters: 0 },
    });
    const { identity } = ledger.start;
    await reopen();
    expect(ledger.start).toMatchObject({ releasedSeq: 0, identity });
  });

  describe('a step', () => {
    it('changes the position, the counters and all that left the journal together', async () => {
      const stepped = await ledger.step(
        stepTo(7, {
          ...saved(7, sensor('a'), sensor('b')),
          ...{ stored: 4, damaged: 1, deadLetters: [letter(1), letter(2)], remembered: [answer(1)] },
        }),
      );
      const counters = { stored: 4, deadLettered: 2, damaged: 1 };
      expect(stepped.counters).toEqual(counters);
      expect(stepped.changes).toEqual(await ledger.deadLetterBytes('', 10));
      await reopen();
      expect(ledger.start).toMatchObject({ releasedSeq: 7, counters });
      expect(await sensorIds()).toEqual(['a', 'b']);
      expect(await values()).toEqual([1, 2]);
      expect(await ledger.recall(answer(1).key)).toMatchObject({ answer: answer(1).answer });
    });

    it('changes nothing when a part of it cannot be kept', async () => {
      await ledger.step(stepTo(1, { stored: 1 }));
      const broken = { ...answer(2), answer: null } as unknown as RememberedAnswer;
      const step = stepTo(2, {
        ...saved(2, sensor('a')),
        ...{ stored: 1, deadLetters: [letter(1)], remembered: [answer(1), broken] },
      });
      await expect(ledger.step(step)).rejects.toThrow();
      await reopen();
      expect(ledger.start).toMatchObject({ releasedSeq: 1, counters: { ...NONE, stored: 1 } });
      expect([await sensorIds(), await values()]).toEqual([[], []]);
      expect(await ledger.recall(answer(1).key)).toBeUndefined();
    });

    it('adds to the counters, and never moves the position back', async () => {
      await ledger.step(stepTo(5, { stored: 5 }));
      const { counters } = await ledger.step(stepTo(4, { stored: 1 }));
      expect(counters).toEqual({ ...NONE, stored: 6 });
      await reopen();
      expect(ledger.start.releasedSeq).toBe(5);
    });

    it('deletes dead letters that were replayed, and counts each once', async () => {
      await ledger.step(stepTo(3, { deadLetters: [letter(1), letter(2), letter(3)] }));
      const [one, two] = await ledger.deadLetters(0, 10);
      const replayed = [one?.id ?? 0, two?.id ?? 0, 999];
      const { counters, changes } = await ledger.step(stepTo(5, { replayed, stored: 2 }));
      expect(counters).toEqual({ stored: 2, deadLettered: 1, damaged: 0 });
      expect(changes).toEqual([{ sensorId: 's', bytes: expect.any(Number) as number }]);
      expect(changes[0]?.bytes).toBeLessThan(0);
      expect(await values()).toEqual([3]);
    });

    it('gives a dead letter that was refused again its id', async () => {
      await ledger.step(stepTo(2, { deadLetters: [letter(1), letter(2)] }));
      const [{ id } = { id: 0 }] = await ledger.deadLetters(0, 10);
      await ledger.step(stepTo(3, { replayed: [id], deadLetters: [{ ...letter(1), id }] }));
      expect(await values()).toEqual([1, 2]);
      expect((await ledger.deadLetters(0, 10))[0]?.id).toBe(id);
    });

    it('deletes the dead letters of what a deletion covers, and keeps those that came later', async () => {
      const deletion = { sensorId: 's', fromUs: 0, toUs: 5 };
      const deadLetters = [letter(1), letter(9), letter(4)];
      const deletions = [deletionAt(3, deletion, { lettersBefore: 2 })];
      const stepped = await ledger.step(stepTo(4, { deadLetters, deletions }));
      expect(await values()).toEqual([9, 4]);
      expect(stepped.deletions).toMatchObject([{ position: 3, readings: 1, deadLetters: 1 }]);
      await reopen();
      expect(await ledger.unrecordedDeletions()).toEqual(stepped.deletions);
      for (const { id } of stepped.deletions) await ledger.recordedDeletion(id);
      expect(await ledger.unrecordedDeletions()).toEqual([]);
    });

    it('forgets a sensor that nothing is left of', async () => {
      const deletion = { sensorId: 'a', fromUs: 0, toUs: NOON_US + 1 };
      await ledger.saveSensors(saved(1, sensor('a'), sensor('b')));
      await ledger.step(stepTo(2, { deletions: [deletionAt(2, deletion, { forgets: true })] }));
      expect(await sensorIds()).toEqual(['b']);
      await reopen();
      expect(ledger.start.forgotten).toEqual([]);
    });
  });

  it('replaces counters and position with those that the journal knows', async () => {
    await ledger.step(stepTo(3, { stored: 3 }));
    const counters = { stored: 8, deadLettered: 1, damaged: 1 };
    await ledger.adopt(10, counters);
    await reopen();
    expect(ledger.start).toMatchObject({ releasedSeq: 10, counters });
  });

  it('gives the journal another identity, and counts readings at later positions again', async () => {
    await ledger.saveSensors(saved(9, sensor('a')));
    await ledger.keepCount(8, 3);
    const identity = await ledger.renew(5);
    expect(identity).not.toBe(ledger.start.identity);
    await reopen();
    expect(ledger.start.identity).toBe(identity);
    expect((await ledger.sensors('', 1))[0]?.countedSeq).toBe(5);
    expect(await ledger.keptCount(8)).toBeUndefined();
  });

  describe('sensors', () => {
    it('come back as they were saved, page by page, ordered by id', async () => {
      const { latencyMs: _, ...withoutLatency } = sensor('b').latest;
      const absent = { firstMs: undefined, lastMs: undefined, readings: 0 };
      await ledger.saveSensors(saved(4, sensor('c'), sensor('a', { ignoredUs: 5 })));
      await ledger.saveSensors(saved(6, sensor('b', { latest: withoutLatency, ...absent }), sensor('c')));
      await reopen();
      const page = await ledger.sensors('', 2);
      const { latest } = sensor('a');
      expect(page).toEqual([
        {
          ...{ countedSeq: 4, stamp: GIVEN, ignoredUs: 5, latest },
          activity: { firstMs: 1_000, lastMs: 2_000, readings: 3 },
        },
        {
          ...{ countedSeq: 6, stamp: GIVEN, ignoredUs: undefined, activity: absent },
          latest: { ...withoutLatency, latencyMs: undefined },
        },
      ]);
      expect(await ledger.sensors('b', 2)).toMatchObject([{ countedSeq: 6, latest: { sensorId: 'c' } }]);
      expect(await ledger.sensors('c', 2)).toEqual([]);
    });

    it('stay forgotten until they are known again and nothing from before is left', async () => {
      await ledger.saveSensors(saved(3, sensor('a')));
      const forgotten = { sensorId: 'a', position: 5, ignoredUs: NOON_US };
      await ledger.forget(forgotten);
      await ledger.forget({ ...forgotten, position: 4 });
      expect(await sensorIds()).toEqual([]);
      await reopen();
      expect(ledger.start.forgotten).toEqual([forgotten]);
      await ledger.step(stepTo(4, saved(4, sensor('a'))));
      await reopen();
      expect(ledger.start.forgotten).toEqual([forgotten]);
      await ledger.step(stepTo(5));
      await reopen();
      expect(ledger.start.forgotten).toEqual([]);
    });

    it('of the store are loaded once, until that is asked for again', async () => {
      await ledger.latestLoaded(saved(0, sensor('a')));
      await reopen();
      expect(ledger.start.latestLoaded).toBe(true);
      expect(await sensorIds()).toEqual(['a']);
      await ledger.reloadLatest();
      await reopen();
      expect(ledger.start.latestLoaded).toBe(false);
    });
  });

  describe('the store that readings go to', () => {
    it('is known from the first time on', async () => {
      expect(await ledger.store()).toBeUndefined();
      expect(await ledger.settleStore(EMBEDDED, undefined)).toEqual({ hasChanged: false, untold: [] });
      await reopen();
      expect(await ledger.store()).toMatchObject({ ...EMBEDDED, bucketId: undefined });
    });

    it('takes what is known of sensors with it when it changes', async () => {
      await ledger.settleStore(bucket('one'), undefined);
      await ledger.step(stepTo(4, { stored: 4 }));
      await ledger.latestLoaded(saved(4, sensor('a')));
      const { hasChanged, untold } = await ledger.settleStore(bucket('two'), undefined);
      expect(hasChanged).toBe(true);
      expect(untold).toMatchObject([{ ...bucket('one'), written: 4 }]);
      await reopen();
      expect(ledger.start).toMatchObject({ latestLoaded: false, counters: { ...NONE, stored: 4 } });
      expect(await sensorIds()).toEqual([]);
      for (const { id } of untold) await ledger.toldOfStore(id);
      expect(await ledger.settleStore(bucket('two'), undefined)).toEqual({ hasChanged: false, untold: [] });
    });

    it('is the same under another URL when its bucket has the same id', async () => {
      await ledger.settleStore(bucket('one'), undefined);
      await ledger.learnBucketId('id 1');
      await reopen();
      const { hasChanged } = await ledger.settleStore(bucket('one', 'http://two'), 'id 1');
      expect(hasChanged).toBe(false);
      expect(await ledger.store()).toMatchObject({ url: 'http://two', bucketId: 'id 1' });
    });
  });

  describe('remembered answers', () => {
    it('come back under their key, with or without the answer', async () => {
      await ledger.remember([answer(1), answer(2)], NOON_US);
      await reopen();
      expect(await ledger.recall(answer(2).key)).toMatchObject({ fingerprint: 'f', answer: '{"n":2}' });
      expect(await ledger.recall('other')).toBeUndefined();
      const heads = await ledger.remembered([answer(2).key, 'other']);
      expect(heads).toEqual([{ key: answer(2).key, fingerprint: 'f', expiresUs: NOON_US + 2 }]);
    });

    it('are not replaced while they last', async () => {
      await ledger.remember([answer(10)], NOON_US);
      await ledger.remember([answer(10, { answer: 'later' })], NOON_US);
      expect((await ledger.recall(answer(10).key))?.answer).toBe('{"n":10}');
      await ledger.remember([answer(10, { answer: 'later' })], NOON_US + 10);
      expect((await ledger.recall(answer(10).key))?.answer).toBe('later');
    });

    it('count to their holders, and no longer once they expire', async () => {
      const all = [answer(1), answer(2, { answer: 'ü'.repeat(9) }), answer(3, { holder: 'key other' })];
      await ledger.remember(all, NOON_US);
      const sizes = all.map(rememberedSize);
      const bytes = async (): Promise<unknown> => new Map(await ledger.rememberedBytes([]));
      expect(await bytes()).toEqual(
        new Map([
          ['key k', (sizes[0] ?? 0) + (sizes[1] ?? 0)],
          ['key other', sizes[2]],
        ]),
      );
      expect(new Map(await ledger.rememberedBytes([answer(1).key])).get('key k')).toBe(sizes[1]);
      await ledger.forgetExpired(NOON_US + 2, []);
      expect(await bytes()).toEqual(new Map([['key other', sizes[2]]]));
    });

    it('expire when the time is right again after the clock was set', async () => {
      await ledger.remember([answer(5_000_000)], NOON_US);
      const noonMs = NOON_US / 1_000;
      const before = { wallMs: noonMs, expiryMs: noonMs };
      const after = { wallMs: noonMs - 60_000, expiryMs: noonMs - 60_000 };
      await ledger.moveExpiry({ before, after }, NOON_US);
      expect((await ledger.recall(answer(5_000_000).key))?.expiresUs).toBe(NOON_US - 55_000_000);
      await ledger.moveExpiry(undefined, NOON_US - 56_000_000);
      expect((await ledger.recall(answer(5_000_000).key))?.expiresUs).toBe(NOON_US - 56_000_000);
    });
  });

  describe('dead letters', () => {
    it('come back as they were, by id and by point', async () => {
      const deadLetters = [letter(3, 't'), letter(1, 's', 7), letter(2, 's', 7), letter(4, 's', 8)];
      await ledger.step(stepTo(4, { deadLetters }));
      await reopen();
      const all = await ledger.deadLetters(0, 10);
      expect(all).toEqual(deadLetters.map((one, index) => ({ ...one, id: all[index]?.id })));
      const ids = all.map(({ id }) => id);
      const [first = 0, second = 0, third = 0, fourth = 0] = ids;
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(await ledger.lastDeadLetterId()).toBe(fourth);
      expect(await ledger.deadLetterIds(first, 2)).toEqual([second, third]);
      expect(await ledger.deadLetters(second, 1)).toEqual([all[2]]);
      expect(await ledger.deadLettersOf([fourth, 999, first])).toEqual([all[3], all[0]]);
      expect(await ledger.existingDeadLetters([fourth, 999])).toEqual([fourth]);
      const page = await ledger.deadLettersByPoint(undefined, 1);
      expect(page).toEqual([all[1], all[2]]);
      expect(await ledger.deadLettersByPoint(page.at(-1)?.reading, 10)).toEqual([all[3], all[0]]);
      const points = [all[1], all[2]].map((one) => ({ ...letter(0, 's', 7).reading, id: one?.id ?? 0 }));
      expect(await ledger.hasNewerDeadLetter(points)).toEqual([true, false]);
    });

    it('free their bytes when they are deleted', async () => {
      await ledger.step(stepTo(2, { deadLetters: [letter(1), letter(2, 't')] }));
      const [ofS, ofT] = await ledger.deadLetterBytes('', 10);
      expect(await ledger.deadLetterBytes('s', 10)).toEqual([ofT]);
      const [{ id } = { id: 0 }] = await ledger.deadLetters(0, 1);
      expect(await ledger.deleteDeadLetter(id)).toEqual(ofS);
      expect(await ledger.deleteDeadLetter(id)).toBeUndefined();
      expect(await ledger.deadLetterBytes('', 10)).toEqual([ofT]);
    });

    it('never get an id that was used or reserved', async () => {
      await ledger.step(stepTo(1, { deadLetters: [letter(1)] }));
      const used = await ledger.lastDeadLetterId();
      await ledger.deleteDeadLetter(used);
      await reopen();
      await ledger.step(stepTo(2, { deadLetters: [letter(2)] }));
      expect(await ledger.lastDeadLetterId()).toBeGreaterThan(used);
      await ledger.reserveDeadLetterIds(1_000);
      await ledger.step(stepTo(3, { deadLetters: [letter(3)] }));
      expect(await ledger.lastDeadLetterId()).toBeGreaterThan(1_000);
    });

    it('get no reserved id in a new ledger either', async () => {
      await ledger.reserveDeadLetterIds(1_000);
      await ledger.step(stepTo(1, { deadLetters: [letter(1)] }));
      expect(await ledger.lastDeadLetterId()).toBeGreaterThan(1_000);
    });
  });

  it('keeps how many readings a deletion finds until it has left the journal', async () => {
    await ledger.keepCount(3, 12);
    await ledger.keepCount(5, null);
    await reopen();
    expect(await Promise.all([3, 4, 5].map((at) => ledger.keptCount(at)))).toEqual([12, undefined, null]);
    const deletion = { sensorId: 's', fromUs: 0, toUs: 5 };
    await ledger.step(stepTo(3, { deletions: [deletionAt(3, deletion)] }));
    expect(await Promise.all([3, 5].map((at) => ledger.keptCount(at)))).toEqual([undefined, null]);
  });

  it('rejects calls once it is closed', async () => {
    await ledger.close();
    await ledger.close();
    await expect(ledger.recall('k')).rejects.toThrow(/shutting down/);
  });

  it('has every step that had returned when the process is killed, and whole steps only', async () => {
    await ledger.close();
    const steps = await killAfter(20, 'pipeline/ledger-writer.mjs', place.writerArgs);
    ledger = await place.open();
    const { releasedSeq = 0, counters } = ledger.start;
    expect(releasedSeq).toBeGreaterThanOrEqual(2 * steps);
    expect(counters).toEqual({ stored: releasedSeq / 2, deadLettered: releasedSeq / 2, damaged: 0 });
    expect(await ledger.deadLetterIds(0, 100_000)).toHaveLength(releasedSeq / 2);
    expect(await ledger.recall(`k\n${releasedSeq / 2}`)).toBeDefined();
    expect(await ledger.recall(`k\n${releasedSeq / 2 + 1}`)).toBeUndefined();
  });
}
