import { randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { explainDiskError } from '../common/disk/explain-disk-error.js';
import { StartError } from '../common/errors/start-error.js';
import { SerialQueue } from '../common/scheduling/serial-queue.js';
import { addChecksum, removeChecksum } from '../data-dir/checksum.js';
import { STAMP_STEP_US } from '../model/stamp.js';
import { type ClockState, ClockStorage } from './clock-storage.js';
import type { StampRange } from './stamp-ranges.js';

/** A state with all its ranges takes a quarter of that. */
const MAX_BYTES = 64 << 10;
/** The year 2200. A later time means damage. */
const MAX_US = 7_258_118_400_000_000;
const MAX_RANGES = 1_000;

interface Saved extends ClockState {
  /** Counts the saves. */
  readonly number: number;
}

/**
 * The state of the clocks in two files that are written in turn, each with a checksum. A write that is torn, or a
 * flipped bit, costs one of them; the other has the state of one save before.
 */
export class ClockFile extends ClockStorage {
  private readonly queue = new SerialQueue();
  private number: number;
  private closed = false;
  readonly firstResidue = randomInt(STAMP_STEP_US);

  private constructor(
    private readonly copies: readonly FileHandle[],
    readonly found: ClockState | undefined,
    readonly isCertain: boolean,
    readonly legacyUs: number | undefined,
    readonly isLost: boolean,
    lastNumber: number,
  ) {
    super();
    this.number = lastNumber;
  }

  /**
   * @param paths of the two files, which are made when they are missing
   * @throws StartError when a file cannot be opened or read
   */
  static async open(paths: readonly [string, string]): Promise<ClockFile> {
    const copies: FileHandle[] = [];
    const contents: string[] = [];
    for (const path of paths) {
      try {
        const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
        copies.push(file);
        contents.push(await readBeginning(file));
      } catch (error) {
        for (const file of copies) await file.close();
        throw new StartError(explainDiskError(path, error), { cause: error });
      }
    }
    const lines = contents.map(firstLine);
    const saved = lines.map(parseSaved);
    const found = saved.reduce((best, one) => ((one?.number ?? -1) > (best?.number ?? -1) ? one : best));
    const [legacy] = lines.map((text) => (/^\d{16}$/.test(text) ? Number(text) : undefined));
    const number = found?.number ?? 0;
    // Each save goes to the file that the one before it did not go to.
    const isCertain = found === undefined || saved.some((one) => one?.number === number - 1);
    const isLost =
      found === undefined && legacy === undefined && contents.every((content) => content.length > 0);
    return new ClockFile(copies, found, isCertain, legacy, isLost, number);
  }

  save(state: ClockState): Promise<void> {
    return this.queue.run(async () => {
      if (this.closed) return;
      const number = this.number + 1;
      const text = `${addChecksum(JSON.stringify({ ...state, number } satisfies Saved))}\n`;
      const file = this.copies[number % this.copies.length];
      if (!file) return;
      const { bytesWritten } = await file.write(text, 0);
      if (bytesWritten < Buffer.byteLength(text))
        throw new Error(`Only ${bytesWritten} of ${text.length} bytes were written`);
      await file.datasync();
      this.number = number;
    });
  }

  close(): Promise<void> {
    return this.queue.run(async () => {
      if (this.closed) return;
      this.closed = true;
      for (const file of this.copies) await file.close();
    });
  }
}

/** A damaged file may have any size. */
async function readBeginning(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

/** @returns the empty text when the first line has no end */
function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? '' : text.slice(0, end);
}

/** @returns undefined when it is damaged, or says what cannot be */
function parseSaved(line: string): Saved | undefined {
  const json = removeChecksum(line);
  if (json === undefined) return undefined;
  try {
    const saved = JSON.parse(json) as Saved;
    const { current, highestUs, before } = saved.stamps;
    const isSound =
      Number.isSafeInteger(saved.number) &&
      isTime(saved.wallMs * 1000) &&
      isTime(saved.expiryMs * 1000) &&
      isTime(highestUs) &&
      before.length <= MAX_RANGES &&
      [current, ...before].every(isRange);
    return isSound ? saved : undefined;
  } catch {
    return undefined;
  }
}

function isRange({ residue, fromUs, toUs }: StampRange): boolean {
  return Number.isInteger(residue) && residue >= 0 && residue < 64 && isTime(fromUs) && isTime(toUs);
}

function isTime(us: number): boolean {
  return us >= 0 && us < MAX_US;
}
