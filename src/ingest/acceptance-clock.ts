import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { StartError } from '../common/errors/start-error.js';
import { explain } from '../common/disk/disk-problem.js';

/** The year 2200. A time that is said to be later is a damaged one, and stamps behind it would soon be no safe integers. */
const MAX_CEILING_US = 7_258_118_400_000_000;
/** How far ahead of the last stamp the promise on disk reaches: one fsync buys this much time. */
const AHEAD_US = 1_000_000;

/**
 * Gives the time of acceptance to readings that bring none: microseconds, each later than the one before,
 * also when the machine's clock is set back and after a restart. For that, a time that no stamp exceeds is
 * kept in a file, and a new life begins there: after a kill at most a second ahead, after close() exactly.
 */
export class AcceptanceClock {
  private lastUs: number;
  private extending: Promise<void> | undefined;
  private closed = false;

  private constructor(
    private readonly file: FileHandle,
    private ceilingUs: number,
    private readonly nowUs: () => number,
  ) {
    this.lastUs = ceilingUs;
  }

  /**
   * @param path the file that keeps the ceiling; one that is missing or damaged counts as none
   * @throws StartError when the file cannot be opened or read
   * @param nowUs the machine's clock, in microseconds since the Unix epoch
   */
  static async open(path: string, nowUs: () => number): Promise<AcceptanceClock> {
    try {
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      return new AcceptanceClock(file, ceilingIn(await textOf(file)), nowUs);
    } catch (error) {
      throw new StartError(explain(path, error), { cause: error });
    }
  }

  /**
   * @param count how many stamps are wanted, each a microsecond after the one before
   * @returns the first of them: microseconds since the Unix epoch, more than any stamp given before; at once, unless the
   *   disk has to be waited for, which rejects when that does not take the promise
   */
  next(count = 1): number | Promise<number> {
    const firstUs = Math.max(this.nowUs(), this.lastUs + 1);
    const lastUs = firstUs + count - 1;
    this.lastUs = lastUs;
    // Half the time is left: the disk is asked early enough that nobody waits for it.
    if (lastUs + AHEAD_US / 2 > this.ceilingUs) this.extend().catch(() => undefined);
    return lastUs > this.ceilingUs ? this.whenKept(firstUs, lastUs) : firstUs;
  }

  /**
   * Leaves the exact last stamp behind, so that the next life need not skip ahead. May be called twice.
   * @throws Error when the disk does not take that: the next life skips ahead then, and nothing else is lost
   */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.extending?.catch(() => undefined);
    try {
      if (this.ceilingUs > this.lastUs) await this.keep(this.lastUs);
    } finally {
      await this.file.close();
    }
  }

  private async whenKept(firstUs: number, lastUs: number): Promise<number> {
    while (lastUs > this.ceilingUs) await this.extend();
    return firstUs;
  }

  private extend(): Promise<void> {
    this.extending ??= this.keep(this.lastUs + AHEAD_US).finally(() => {
      this.extending = undefined;
    });
    return this.extending;
  }

  private async keep(ceilingUs: number): Promise<void> {
    const text = `${String(ceilingUs).padStart(16, '0')}\n`;
    const { bytesWritten } = await this.file.write(text, 0);
    if (bytesWritten < text.length) throw new Error(`The disk took ${bytesWritten} of ${text.length} bytes`);
    await this.file.datasync();
    this.ceilingUs = ceilingUs;
  }
}

/** @returns 0 when it says no time that can be believed */
function ceilingIn(text: string): number {
  const ceilingUs = /^\d{16}\n$/.test(text) ? Number(text) : 0;
  return ceilingUs < MAX_CEILING_US ? ceilingUs : 0;
}

/** However long the file is: a damaged one may be of any size. */
async function textOf(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_TEXT_BYTES), 0, MAX_TEXT_BYTES, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

const MAX_TEXT_BYTES = 64;
