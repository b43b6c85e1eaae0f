import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from './child.js';
import { emptyFolder, ROOT } from './environment.js';

const SOURCE = join(ROOT, 'test/faults/clock.c');

/** The wall clock of processes that are started with its variables. Their monotonic clock is the machine's. */
export class ShiftedClock {
  private shiftedS = 0;

  private constructor(
    private readonly file: string,
    /** Environment variables for a process. */
    readonly variables: Readonly<Record<'LD_PRELOAD' | 'FAULT_CLOCK', string>>,
  ) {
    this.set(0);
  }

  /** Compiles the seam. @throws Error when there is no C compiler */
  static async create(): Promise<ShiftedClock> {
    const folder = emptyFolder();
    const library = join(folder, 'clock.so');
    const { code, output } = await run('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
    if (code !== 0) throw new Error(`The shifted clock cannot be compiled: ${output}`);
    const file = join(folder, 'clock');
    return new ShiftedClock(file, { LD_PRELOAD: library, FAULT_CLOCK: file });
  }

  /** How far it is ahead of the machine's clock, in seconds. */
  get seconds(): number {
    return this.shiftedS;
  }

  /** What it shows now, milliseconds since the Unix epoch. */
  get nowMs(): number {
    return Date.now() + this.shiftedS * 1_000;
  }

  /** @param seconds ahead of the machine's clock; negative for behind */
  set(seconds: number): void {
    this.shiftedS = seconds;
    // A process that reads while the file is written would see no shift at all.
    writeFileSync(`${this.file}.new`, String(seconds));
    renameSync(`${this.file}.new`, this.file);
  }
}
