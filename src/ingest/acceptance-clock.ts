import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { StartError } from '../common/errors/start-error.js';
import { explainDiskError } from '../common/disk/explain-disk-error.js';

/** The year 2200. A later time in the file means damage, and timestamps after it would soon not be safe integers. */
const MAX_CEILING_US = 7_258_118_400_000_000;
/** How far ahead of the last timestamp the ceiling in the file is: one fsync pays for so much time. */
const AHEAD_US = 1_000_000;

/**
 * Gives readings without a timestamp the time of acceptance: microseconds, each later than the one before, even when the
 * machine's clock is set back and after a restart. To do so, it keeps a ceiling in a file that no timestamp exceeds, and
 * the next run begins there: after a kill at most a second ahead, after close() exactly at the last timestamp.
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
   * @param path the file of the ceiling; a missing or damaged one counts as 0
   * @param nowUs the machine's clock, in microseconds since the Unix epoch
   * @throws StartError when the file cannot be opened or read
   */
  static async open(path: string, nowUs: () => number): Promise<AcceptanceClock> {
    try {
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      return new AcceptanceClock(file, parseCeiling(await readText(file)), nowUs);
    } catch (error) {
      throw new StartError(explainDiskError(path, error), { cause: error });
    }
  }

  /**
   * @param count how many timestamps to give, each a microsecond after the one before
   * @returns the first of them: microseconds since the Unix epoch, later than any given before. A promise when it must wait for
   *   the disk; it rejects when the disk does not take the new ceiling
   */
  next(count = 1): number | Promise<number> {
    const firstUs = Math.max(this.nowUs(), this.lastUs + 1);
    const lastUs = firstUs + count - 1;
    this.lastUs = lastUs;
    // Half of the time is left, so the disk is done before anybody must wait.
    if (lastUs + AHEAD_US / 2 > this.ceilingUs) this.extend().catch(() => undefined);
    return lastUs > this.ceilingUs ? this.afterExtending(firstUs, lastUs) : firstUs;
  }

  /**
   * Saves the exact last timestamp, so that the next run need not skip ahead. May be called twice.
   * @throws Error when the disk does not take it; then the next run skips ahead, and nothing else is lost
   */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.extending?.catch(() => undefined);
    try {
      if (this.ceilingUs > this.lastUs) await this.save(this.lastUs);
    } finally {
      await this.file.close();
    }
  }

  private async afterExtending(firstUs: number, lastUs: number): Promise<number> {
    while (lastUs > this.ceilingUs) await this.extend();
    return firstUs;
  }

  private extend(): Promise<void> {
    this.extending ??= this.save(this.lastUs + AHEAD_US).finally(() => {
      this.extending = undefined;
    });
    return this.extending;
  }

  private async save(ceilingUs: number): Promise<void> {
    const text = `${String(ceilingUs).padStart(16, '0')}\n`;
    const { bytesWritten } = await this.file.write(text, 0);
    if (bytesWritten < text.length)
      throw new Error(`Only ${bytesWritten} of ${text.length} bytes were written`);
    await this.file.datasync();
    this.ceilingUs = ceilingUs;
  }
}

/** @returns 0 when the text is not a credible time */
function parseCeiling(text: string): number {
  const ceilingUs = /^\d{16}\n$/.test(text) ? Number(text) : 0;
  return ceilingUs < MAX_CEILING_US ? ceilingUs : 0;
}

/** Reads the beginning only: a damaged file may have any size. */
async function readText(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_TEXT_BYTES), 0, MAX_TEXT_BYTES, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

const MAX_TEXT_BYTES = 64;
