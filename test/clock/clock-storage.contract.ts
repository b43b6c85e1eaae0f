import type { ClockState, ClockStorage } from '../../src/clock/clock-storage.js';
import { killAfter, type Place } from '../support/place.js';

export const NOON_MS = 1_796_040_000_000;

/** The state after some seconds. */
export function clockState(second: number): ClockState {
  const us = (NOON_MS + second * 1_000) * 1_000;
  return {
    wallMs: us / 1_000,
    expiryMs: us / 1_000,
    stamps: { current: { residue: 3, fromUs: NOON_MS * 1_000, toUs: us }, highestUs: us, before: [] },
  };
}

/** What every ClockStorage does; each implementation runs the same tests. */
export function describeClockStorage(newPlace: () => Place<ClockStorage>): void {
  let place: Place<ClockStorage>;

  beforeEach(() => {
    place = newPlace();
  });

  const reopen = async (): Promise<ClockStorage> => {
    const storage = await place.open();
    await storage.close();
    return storage;
  };
  const save = async (...seconds: number[]): Promise<void> => {
    const storage = await place.open();
    for (const second of seconds) await storage.save(clockState(second));
    await storage.close();
  };

  it('finds nothing in a new place, and nothing can be lost then', async () => {
    expect(await reopen()).toMatchObject({ isCertain: true, isLost: false });
    expect((await reopen()).found).toBeUndefined();
  });

  it('finds the state that was saved last, through restarts', async () => {
    await save(1, 2, 3, 4, 5);
    await save(1, 2, 3, 4);
    const storage = await reopen();
    expect(storage.found).toMatchObject(clockState(4));
    expect(storage).toMatchObject({ isCertain: true, isLost: false });
  });

  it('keeps the residues of the times before', async () => {
    const storage = await place.open();
    const state = clockState(9);
    const before = [5, 63].map((residue) => ({ ...state.stamps.current, residue }));
    await storage.save({ ...state, stamps: { ...state.stamps, before } });
    await storage.close();
    expect((await reopen()).found?.stamps.before).toEqual(before);
  });

  it('saves in the order of the calls', async () => {
    const storage = await place.open();
    await Promise.all([1, 2, 3, 4, 5].map((second) => storage.save(clockState(second))));
    await storage.close();
    expect((await reopen()).found).toMatchObject(clockState(5));
  });

  it('gives the first stamps a residue', async () => {
    const { firstResidue } = await reopen();
    expect(Number.isInteger(firstResidue) && firstResidue >= 0 && firstResidue < 64).toBe(true);
  });

  it('can be closed twice', async () => {
    const storage = await place.open();
    await storage.close();
    await storage.close();
  });

  it('has what was saved when the process is killed', async () => {
    const saved = await killAfter(20, 'clock/clock-writer.mjs', place.writerArgs);
    const { found } = await reopen();
    expect(found?.wallMs).toBeGreaterThanOrEqual(clockState(saved).wallMs);
  });
}
