import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ClockFile } from '../../src/clock/clock-file.js';
import { emptyFolder } from '../support/environment.js';
import { clockState as state, describeClockStorage, NOON_MS } from './clock-storage.contract.js';

function newPaths(): [string, string] {
  const folder = emptyFolder();
  return [join(folder, 'clock'), join(folder, 'clock.copy')];
}

async function saveSeconds(paths: [string, string], seconds: number): Promise<void> {
  const file = await ClockFile.open(paths);
  for (let second = 1; second <= seconds; second += 1) await file.save(state(second));
  await file.close();
}

async function reopen(paths: [string, string]): Promise<ClockFile> {
  const file = await ClockFile.open(paths);
  await file.close();
  return file;
}

describe('ClockFile', () => {
  describeClockStorage(() => {
    const paths = newPaths();
    return { open: () => ClockFile.open(paths), writerArgs: paths };
  });

  it('finds the state before, and says that it is not certain, whichever bit of the newest file is wrong', async () => {
    const paths = newPaths();
    await saveSeconds(paths, 5);
    const newest = paths[1];
    const sound = readFileSync(newest);
    // The line feed at the end belongs to it: what follows may be left from a longer state.
    for (let bit = 0; bit < sound.length * 8; bit += 1) {
      const bytes = Buffer.from(sound);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(newest, bytes);
      const file = await reopen(paths);
      expect({ bit, found: file.found?.wallMs, isCertain: file.isCertain }).toEqual({
        bit,
        found: state(4).wallMs,
        isCertain: false,
      });
    }
  });

  it('is not certain when a file is missing or torn', async () => {
    const paths = newPaths();
    await saveSeconds(paths, 5);
    writeFileSync(paths[1], readFileSync(paths[1]).subarray(0, 40));
    expect((await reopen(paths)).isCertain).toBe(false);
    rmSync(paths[1]);
    const file = await reopen(paths);
    expect([file.found?.wallMs, file.isCertain]).toEqual([state(4).wallMs, false]);
  });

  it('says that the state is lost only when both files were written and are damaged', async () => {
    const paths = newPaths();
    expect((await reopen(paths)).isLost).toBe(false);
    await saveSeconds(paths, 2);
    for (const [path, isLost] of [
      [paths[0], false],
      [paths[1], true],
    ] as const) {
      writeFileSync(path, readFileSync(path).subarray(0, 40));
      expect((await reopen(paths)).isLost).toBe(isLost);
    }
  });

  it('believes no time that cannot be', async () => {
    const paths = newPaths();
    const file = await ClockFile.open(paths);
    const far = state(1);
    await file.save({ ...far, wallMs: 9e15 });
    await file.save({ ...far, stamps: { ...far.stamps, highestUs: -1 } });
    await file.close();
    expect((await reopen(paths)).found).toBeUndefined();
  });

  it('reads the time that an earlier version noted', async () => {
    const paths = newPaths();
    writeFileSync(paths[0], `${NOON_MS}000\n`);
    const file = await reopen(paths);
    expect([file.found, file.legacyUs, file.isLost]).toEqual([undefined, NOON_MS * 1_000, false]);
  });
});
