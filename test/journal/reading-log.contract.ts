import { decodeEntry } from '../../src/journal/entry-codec.js';
import { type Entry, newEntry } from '../../src/journal/entry.js';
import type { AcceptedEntry, JournalEntry, Position } from '../../src/journal/journal-entry.js';
import type { ReadingLog } from '../../src/journal/reading-log.js';
import { killAfter, type Place } from '../support/place.js';

/** Bytes that the logs of these tests may hold. */
export const MAX_BYTES = 1 << 20;

const NONE = { stored: 0, deadLettered: 0, damaged: 0 };

/** An entry with readings of these values. */
function entry(...values: number[]): Entry {
  const readings = values.map((value) => ({
    sensorId: 's',
    zone: 'z',
    value,
    latencyMs: 1,
    timestampUs: value,
  }));
  return newEntry({ acceptedMs: 1, readings });
}

/** An entry of about a tenth of what the log may hold. */
function large(value: number): Entry {
  const reading = { sensorId: 's', zone: 'x'.repeat(MAX_BYTES / 10), value, timestampUs: value };
  return newEntry({ acceptedMs: 1, readings: [reading] });
}

function valuesOf(entries: readonly Pick<JournalEntry, 'entry'>[]): (number | undefined)[] {
  return entries.flatMap((one) => one.entry?.readings.map(({ value }) => value));
}

/** What every ReadingLog does; each implementation runs the same tests. */
export function describeReadingLog(newPlace: () => Place<ReadingLog>): void {
  let place: Place<ReadingLog>;
  let log: ReadingLog;

  const reopen = async (): Promise<void> => {
    await log.close();
    log = await place.open();
  };
  const readAll = async (after: Position, maxBytes?: number): Promise<JournalEntry[]> => {
    const all: JournalEntry[] = [];
    for (let page = await log.read(after, maxBytes); page.length > 0;) {
      all.push(...page);
      page = await log.read(all.at(-1)?.position ?? after, maxBytes);
    }
    return all;
  };
  const release = (position: Position, keepAfter = position): Promise<number> =>
    log.release(position, keepAfter, { ...NONE, stored: position }, keepAfter);
  /** Appends large entries until the log is full. @returns how many it took */
  const fill = async (): Promise<number> => {
    for (let count = 0; ; count += 1) {
      try {
        await log.append(large(count + 1));
      } catch (error) {
        expect(error).toMatchObject({ code: 'JOURNAL_FULL' });
        return count;
      }
    }
  };

  beforeEach(async () => {
    place = newPlace();
    log = await place.open();
  });
  afterEach(async () => {
    await log.close();
  });

  it('is empty at first', async () => {
    expect(log.start).toMatchObject({ releasedSeq: 0, losses: [], strays: [] });
    expect([log.position, log.oldestWaitingMs, await log.read(0)]).toEqual([0, undefined, []]);
  });

  it('gives entries back as they were appended, at positions that count readings, through a restart', async () => {
    const steady = { run: 7, ms: 12 };
    const remembered = { key: 'k', fingerprint: 'f', answer: '{}', holder: 'key k', expiresUs: 9 };
    const deletion = { sensorId: 's', zone: 'z', fromUs: 1, toUs: 2, requestedBy: 'somebody' };
    const merging = { ...entry(6), replayed: [3, 4, 8], merged: [3] };
    const entries = [
      { ...entry(1), steady, remembered, residue: 5, stamps: '1' },
      entry(2, 3, 4, 5),
      merging,
      newEntry({ acceptedMs: 2, readings: [], deletion }),
    ];
    for (const one of entries) await log.append(one);
    const expected = entries.map((one, index) => ({
      ...{ entry: one, isUnreadable: false },
      ...[
        { position: 1, count: 1 },
        { position: 5, count: 4 },
        { position: 8, count: 3 },
        { position: 9, count: 1 },
      ][index],
    }));
    expect(await readAll(0)).toEqual(expected);
    await reopen();
    expect(await readAll(0)).toEqual(expected);
    expect(log.position).toBe(9);
    await log.append(entry(7));
    expect((await readAll(9)).map(({ position }) => position)).toEqual([10]);
  });

  it('has each appended entry, in the order of the calls, however many wait', async () => {
    const heard: AcceptedEntry[] = [];
    log.onAccepted((accepted) => heard.push(...accepted));
    const groups: number[] = [];
    log.onGroup(({ readings }) => groups.push(readings));
    const values = Array.from({ length: 500 }, (_, index) => index);
    const appended = values.map(async (value) => {
      await log.append(entry(value));
      // Those who listen know it before the sender does.
      return heard.some((one) => one.entry.readings[0]?.value === value);
    });
    expect(new Set(await Promise.all(appended))).toEqual(new Set([true]));
    expect(valuesOf(heard)).toEqual(values);
    expect(heard.map(({ position }) => position)).toEqual(values.map((value) => value + 1));
    expect(groups.reduce((sum, readings) => sum + readings, 0)).toBe(500);
    expect(groups.length).toBeLessThan(500);
    expect(valuesOf(await readAll(0))).toEqual(values);
  });

  it('knows since when the oldest entry waits', async () => {
    const appending = log.append({ ...entry(1), steady: { run: 1, ms: 33 } });
    expect(log.oldestWaitingMs).toBe(33);
    await appending;
    expect(log.oldestWaitingMs).toBeUndefined();
  });

  it('reads on from any position, page by page', async () => {
    for (let value = 1; value <= 5; value += 1) await log.append(large(value));
    expect(valuesOf(await log.read(2, 1))).toEqual([3]);
    expect(valuesOf(await readAll(1, MAX_BYTES / 4))).toEqual([2, 3, 4, 5]);
    expect(await log.read(5)).toEqual([]);
  });

  it('reads the same as bytes', async () => {
    await log.append(entry(1, 2));
    await log.append(entry(3));
    const entries = await log.readBytes(0);
    expect(entries.map(({ position, count }) => [position, count])).toEqual([
      [2, 2],
      [3, 1],
    ]);
    const decoded = entries.map(({ body, count }) => ({ entry: decodeEntry(body, count) }));
    expect(valuesOf(decoded)).toEqual([1, 2, 3]);
  });

  it('keeps what follows the position that it may delete up to, and frees the space of the rest', async () => {
    for (let value = 1; value <= 8; value += 1) await log.append(large(value));
    const { bytes } = log.watch;
    await release(6, 4);
    expect(valuesOf(await readAll(4))).toEqual([5, 6, 7, 8]);
    expect(log.watch.bytes).toBeLessThan(bytes);
    await reopen();
    expect(valuesOf(await readAll(4))).toEqual([5, 6, 7, 8]);
    expect(log.start.releasedSeq).toBe(6);
    await release(8);
    await reopen();
    expect([log.position, await log.read(8)]).toEqual([8, []]);
    expect(log.watch.bytes).toBeLessThan(bytes / 4);
    await log.append(entry(9));
    expect((await readAll(8)).map(({ position }) => position)).toEqual([9]);
  });

  it('says how much it keeps for a hold alone', async () => {
    for (let value = 1; value <= 4; value += 1) await log.append(large(value));
    expect(await log.release(3, 0, NONE, 0)).toBe(0);
    const held = await log.release(3, 0, NONE, 3);
    expect(held).toBeGreaterThan((2 * MAX_BYTES) / 10);
    expect(held).toBeLessThan(log.watch.bytes);
    expect(await log.release(3, 3, NONE, 3)).toBe(0);
  });

  it('refuses what does not fit, keeps nothing of it, and accepts again once there is space', async () => {
    const refusals: string[] = [];
    log.watch.onRefused((code) => refusals.push(code));
    const count = await fill();
    expect(count).toBeGreaterThan(5);
    expect(refusals).toEqual(['JOURNAL_FULL']);
    expect(log.watch.conditions).toContain('JOURNAL_FULL');
    expect(await readAll(0)).toHaveLength(count);
    await release(count);
    await log.append(large(count + 1));
    expect(log.watch.conditions).toEqual([]);
    expect((await readAll(count)).map(({ position }) => position)).toEqual([count + 1]);
  });

  it('is still full after a restart', async () => {
    const count = await fill();
    await reopen();
    expect(log.watch.conditions).toEqual(['HIGH_WATER']);
    expect(await fill()).toBe(0);
    expect(await readAll(0)).toHaveLength(count);
  });

  it('keeps what is appended while it is closed', async () => {
    const appending = [1, 2, 3].map((value) => log.append(entry(value)));
    await reopen();
    await Promise.all(appending);
    expect(valuesOf(await readAll(0))).toEqual([1, 2, 3]);
  });

  it('refuses once it is closed', async () => {
    await log.close();
    await log.close();
    await expect(log.append(entry(1))).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    await expect(log.read(0)).rejects.toThrow(/shutting down/);
    await expect(release(0)).rejects.toThrow(/shutting down/);
  });

  it('has every entry whose append had returned when the process is killed', async () => {
    await log.close();
    const appended = await killAfter(500, 'journal/log-writer.mjs', place.writerArgs);
    log = await place.open();
    const values = valuesOf(await readAll(log.start.releasedSeq));
    expect(log.start.losses).toEqual([]);
    expect(values.at(-1)).toBeGreaterThanOrEqual(appended);
    expect(values).toEqual(values.map((_, index) => (values[0] ?? NaN) + index));
    expect(values[0]).toBeLessThanOrEqual(log.start.releasedSeq + 1);
  });
}
