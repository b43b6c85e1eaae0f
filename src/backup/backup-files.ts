import { Logger } from '@nestjs/common';

import { CallThread } from '../common/workers/call-thread.js';
import type { DataDir } from '../data-dir/data-dir.js';
import { type BackedUpFile, COPIES_FOLDER } from './backup-format.js';
import type { BackupCalls, ReadingsPage, RowKey } from './backup.worker.js';

/** Bytes of a file that are read at once. */
const CHUNK_BYTES = 256 << 10;
/** A few milliseconds. */
const PAGE_ROWS = 5_000;
/** SQLite numbers sensors from 1 on. */
const BEFORE_ALL: RowKey = [0, 0, 0];

/** Reads the files below DATA_DIR for a backup, in a thread of its own. */
export class BackupFiles {
  private readonly logger = new Logger('Backup');
  private closed: Promise<void> | undefined;

  private constructor(
    private readonly thread: CallThread<BackupCalls>,
    private readonly pageRows: number,
  ) {}

  /**
   * @param pageRows rows of the embedded store that are read at once
   * @throws StartError when the thread cannot start
   */
  static async open({ path, aside, reserveBytes }: DataDir, pageRows = PAGE_ROWS): Promise<BackupFiles> {
    const script = new URL('./backup.worker.js', import.meta.url);
    // No ballast is given up for a backup.
    const options = { aside, makeRoom: () => undefined };
    const thread = await CallThread.open<BackupCalls>(script, path, options, { reserveBytes });
    return new BackupFiles(thread, pageRows);
  }

  /**
   * Copies a SQLite file as it is at one moment; the copy before is gone.
   * @returns the copy's bytes; undefined when there is no such file
   * @throws CallError, with the code DISK_FULL when the disk has too little space for the copy
   */
  copy(name: BackedUpFile): Promise<number | undefined> {
    return this.thread.call('copy', [name]);
  }

  /** The content of the copy, which is deleted afterwards. */
  async *readCopy(bytes: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes;) {
      const chunk = await this.thread.call('readCopy', [at, CHUNK_BYTES]);
      if (chunk.length === 0) throw new Error('A copy is shorter than it was');
      yield chunk;
      at += chunk.length;
    }
    await this.thread.call('dropCopy', []);
  }

  /** @returns undefined when there is no such file */
  readSmall(name: BackedUpFile): Promise<Uint8Array | undefined> {
    return this.thread.call('readSmall', [name]);
  }

  /** All readings of the embedded store, page by page. What changes meanwhile is in the pages or not. */
  async *readings(): AsyncGenerator<ReadingsPage> {
    let after = BEFORE_ALL;
    for (;;) {
      const page = await this.thread.call('readings', [after, this.pageRows]);
      if (!page) return;
      yield page;
      after = page.last;
    }
  }

  /** Deletes the copy; the log says when that fails. May be called twice. */
  close(): Promise<void> {
    this.closed ??= this.dropAndClose();
    return this.closed;
  }

  private async dropAndClose(): Promise<void> {
    const dropped = this.thread.call('dropCopy', []).catch((error: unknown) => {
      this.logger.warn(`Cannot delete ${COPIES_FOLDER}: ${(error as Error).message}`);
    });
    // At once, so that no other copy can be made in between.
    await this.thread.close();
    await dropped;
  }
}
