import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

import { BackupError } from '../../backup/backup-error.js';
import { FrameKind } from '../../backup/backup-format.js';
import { decodeJournalPage } from '../../backup/journal-page.js';
import { parseFileName } from '../../backup/read-backup.js';
import { decodeReadingsPage } from '../../backup/readings-page.js';
import { KeyFile } from '../../auth/key-file.js';
import { syncFolder } from '../../common/disk/sync-folder.js';
import type { FileOptions } from '../../common/workers/call-thread.js';
import { EmbeddedStore } from '../../influx/embedded/embedded-store.js';
import { renewLog } from '../../logs/renew-log.js';
import { ReadingColumns } from '../../model/reading-columns.js';
import { renewRestoredState } from '../../pipeline/restored-state.js';
import { adoptJournal } from '../../rules/adopt-journal.js';
import { ProgressLine } from '../progress-line.js';
import { type CheckedBackup, framesOf } from './check-backup.js';
import { RestoredJournal } from './restored-journal.js';

/** Readings that are written to the embedded store at once. */
const BATCH_READINGS = 20_000;

/**
 * Writes the files of a backup that was checked into a folder, and opens each of them as the gateway does. Journal and log get
 * new identities.
 * @throws Error when a file cannot be written, or a newer gateway wrote it; BackupError when it is damaged
 */
export async function unpackBackup(backup: CheckedBackup, folder: string): Promise<void> {
  const options = { aside: join(folder, 'damaged'), makeRoom: () => undefined };
  const progress = new ProgressLine(backup.bytes, 'readings');
  const journal = RestoredJournal.create(folder, backup.end.journalFrom, options.aside);
  try {
    const unpacker = new Unpacker(folder, journal, options);
    progress.start(() => ({ done: unpacker.bytes, count: unpacker.readings, refused: 0, state: '' }));
    const names = await unpacker.run(backup.path);
    await renew(folder, names, journal, options);
  } finally {
    progress.stop();
    journal.close();
  }
  syncFolder(join(folder, 'journal'));
}

/** Puts each frame where it belongs. */
class Unpacker {
  private readonly names = new Set<string>();
  private file: FileHandle | undefined;
  private store: EmbeddedStore | undefined;
  private batch = new ReadingColumns();
  /** How many bytes of the backup are done. */
  bytes = 0;
  /** How many readings of the embedded store are done. */
  readings = 0;

  constructor(
    private readonly folder: string,
    private readonly journal: RestoredJournal,
    private readonly options: FileOptions,
  ) {}

  /** @returns the names of the files that the backup holds */
  async run(path: string): Promise<ReadonlySet<string>> {
    try {
      for await (const { kind, body } of framesOf(path)) {
        await this.take(kind, body);
        this.bytes += body.length;
      }
      await this.closeFile();
      await this.writeBatch();
      return this.names;
    } finally {
      await this.file?.close();
      await this.store?.close();
    }
  }

  private async take(kind: FrameKind, body: Buffer): Promise<void> {
    if (kind === FrameKind.FILE) await this.openFile(parseFileName(body));
    if (kind === FrameKind.CONTENT) await this.file?.writeFile(body);
    if (kind === FrameKind.JOURNAL) this.journal.append(decodeJournalPage(body));
    if (kind === FrameKind.READINGS) {
      for (const reading of decodeReadingsPage(body)) this.batch.push(reading);
      if (this.batch.length >= BATCH_READINGS) await this.writeBatch();
    }
  }

  private async openFile(name: string): Promise<void> {
    await this.closeFile();
    if (this.names.has(name)) throw new BackupError(`it is damaged: it holds ${name} twice`);
    this.names.add(name);
    this.file = await open(join(this.folder, name), 'wx', 0o600);
  }

  private async closeFile(): Promise<void> {
    await this.file?.sync();
    await this.file?.close();
    this.file = undefined;
  }

  private async writeBatch(): Promise<void> {
    if (this.batch.length === 0) return;
    this.store ??= await EmbeddedStore.open(join(this.folder, 'readings.db'), this.options);
    await this.store.write(this.batch, new AbortController().signal);
    this.readings += this.batch.length;
    this.batch = new ReadingColumns();
  }
}

async function renew(
  folder: string,
  names: ReadonlySet<string>,
  journal: RestoredJournal,
  options: FileOptions,
): Promise<void> {
  const state = await renewRestoredState(join(folder, 'state.db'), options, journal.position);
  refuseDamaged('state.db', state.damagedFile);
  journal.release(state.releasedSeq, state.counters);
  if (names.has('rules.db')) {
    const file = { path: join(folder, 'rules.db'), aside: options.aside };
    refuseDamaged('rules.db', adoptJournal(file, state.identityBefore, state.identity));
  }
  if (names.has('system-log.db'))
    refuseDamaged('system-log.db', await renewLog(join(folder, 'system-log.db'), options));
  if (!names.has('keys.db')) return;
  const keys = KeyFile.in(folder);
  keys.close();
  refuseDamaged('keys.db', keys.damagedFile);
}

function refuseDamaged(name: string, movedTo: string | undefined): void {
  if (movedTo !== undefined)
    throw new BackupError(`${name} of the backup is damaged; it is kept as ${movedTo}`);
}
