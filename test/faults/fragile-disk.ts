import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { Child, run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';

const mounted = new Set<string>();

// A test that fails leaves its mount behind.
afterAll(async () => {
  for (const folder of mounted) await unmount(folder);
});

/** How much a power cut left of what was not synced. */
export interface Survival {
  readonly seed: number;
  /** Bytes that a disk writes whole or not at all. */
  readonly sector: number;
  readonly namesKept: number;
  readonly namesDropped: number;
  readonly sectorsKept: number;
  readonly sectorsDropped: number;
  readonly sizesKept: number;
  readonly sizesDropped: number;
  /** Files that kept a part only. */
  readonly torn: number;
}

/** A folder whose power can be cut, served by tools/powercut. */
export class FragileDisk {
  private constructor(
    readonly folder: string,
    private readonly child: Child,
    private readonly url: string,
  ) {}

  /** @param names what makes a name durable: a sync of its folder alone, or any later sync, as with ext4's journal */
  static async mount(seed: number, names: 'folder' | 'journal' = 'folder'): Promise<FragileDisk> {
    const program = findChecker('powercut');
    if (program === undefined) throw new Error('There is no powercut: tools/checkers/install.sh builds it.');
    const folder = emptyFolder();
    const child = new Child(program, ['-mount', folder, '-names', names, '-seed', String(seed)]);
    mounted.add(folder);
    const ended = child.exited.then(() => {
      throw new Error(`powercut ended: ${child.output}`);
    });
    const listening = until(() => /listens on (\S+)/.exec(child.output) ?? undefined, 'powercut to listen');
    const [, url = ''] = await Promise.race([listening, ended]);
    return new FragileDisk(folder, child, url);
  }

  /** Makes a folder in it that no cut removes. */
  makeFolder(name: string): void {
    mkdirSync(join(this.folder, name));
    const fd = openSync(this.folder, 'r');
    fsyncSync(fd);
    closeSync(fd);
  }

  /** From now on every call below the folder hangs. Kill processes that make calls there before restore(). */
  async cut(): Promise<void> {
    await fetch(`${this.url}/cut`, { method: 'POST' });
  }

  /** The power is back: the folder has what the disk kept. */
  async restore(seed: number): Promise<Survival> {
    const response = await fetch(`${this.url}/restore?seed=${seed}`, { method: 'POST' });
    if (!response.ok) throw new Error(`powercut: ${await response.text()}`);
    return (await response.json()) as Survival;
  }

  async unmount(): Promise<void> {
    await this.child.kill('SIGTERM');
    await unmount(this.folder);
  }
}

async function unmount(folder: string): Promise<void> {
  // It fails where powercut has done it already.
  await run('umount', ['-l', folder]);
  mounted.delete(folder);
}
