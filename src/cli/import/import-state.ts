import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

import { VERSION } from '../../common/config/version.js';
import { type FileIdentity, isSameFile } from './file-identity.js';
import type { RefusedRows } from './refusal-log.js';

/** Up to where the gateway has acknowledged the rows of a file, and what it did with them. */
export interface Progress {
  /** The rows up to there, refused ones included. */
  readonly rows: number;
  /** The line of the last of these rows. */
  readonly line: number;
  readonly accepted: number;
  /** What the gateway refused of them. */
  readonly refused: readonly RefusedRows[];
}

/** What an import depends on: another gateway or other options make it another import. */
export type ImportTarget = Readonly<Record<string, unknown>>;

interface Kept {
  readonly version: string;
  readonly file: FileIdentity;
  readonly target: ImportTarget;
  readonly savedAt: string;
  readonly progress: Progress;
}

/** Progress is saved at most this often: after a kill, so much is sent again, and overwrites the same readings. */
const SAVE_INTERVAL_MS = 250;
/** A temporary file as old as this is left over from a kill; one that is younger may be that of another import. */
const LEFT_OVER_MS = 60_000;

/** Keeps the progress of an import in a small file, so that the same command goes on after an interruption. */
export class ImportState {
  /** When the progress that was found was saved; undefined when there is none. */
  savedAt: string | undefined;
  /** Whether there was progress of a file that has changed since. */
  fileHasChanged = false;
  private readonly path: string;
  private nextSaveMs = 0;
  private canWrite = true;

  /** @param warn says why progress cannot be kept, once */
  constructor(
    private readonly file: FileIdentity,
    private readonly target: ImportTarget,
    private readonly warn: (text: string) => void,
  ) {
    const name = createHash('sha256')
      .update(JSON.stringify([file.path, Object.entries(target).toSorted(byName)]))
      .digest('hex');
    this.path = join(stateFolder(), `${name.slice(0, 32)}.json`);
  }

  /** Whether the progress of this import can be found again, as far as is known. */
  get isKept(): boolean {
    return this.canWrite;
  }

  /** @returns the progress of the same import of the same file */
  find(): Progress | undefined {
    removeLeftOvers(this.path);
    const kept = this.read();
    if (!kept) return undefined;
    this.fileHasChanged = !isSameFile(kept.file, this.file);
    if (this.fileHasChanged || kept.version !== VERSION) return undefined;
    this.savedAt = kept.savedAt;
    return kept.progress;
  }

  /** Saves progress unless it was saved just before. The file is replaced as a whole. */
  save(progress: Progress, isUrgent = false): void {
    const nowMs = performance.now();
    if (!this.canWrite || (!isUrgent && nowMs < this.nextSaveMs)) return;
    this.nextSaveMs = nowMs + SAVE_INTERVAL_MS;
    const { file, target } = this;
    const kept: Kept = { version: VERSION, file, target, savedAt: new Date().toISOString(), progress };
    try {
      replaceFile(this.path, `${JSON.stringify(kept)}\n`);
    } catch (error) {
      this.canWrite = false;
      const { message } = error as Error;
      this.warn(
        `Progress cannot be saved in ${dirname(this.path)} (${message}), so after an interruption the import starts from the beginning; XDG_STATE_HOME names another folder`,
      );
    }
  }

  /** To be called when the import is complete, or starts from the beginning. */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch {
      // A folder that cannot be written has no file of ours.
    }
  }

  /** A file that cannot be read, or holds something else, is no progress. */
  private read(): Kept | undefined {
    try {
      const kept = JSON.parse(readFileSync(this.path, 'utf8')) as Partial<Kept> | null;
      return kept?.file && isProgress(kept.progress) ? (kept as Kept) : undefined;
    } catch {
      return undefined;
    }
  }
}

function isProgress(progress: Partial<Progress> | undefined): boolean {
  const numbers = [progress?.rows, progress?.line, progress?.accepted];
  return Array.isArray(progress?.refused) && numbers.every((number) => Number.isSafeInteger(number));
}

/** The folder of the XDG Base Directory Specification for state of this user; a relative path does not count. */
function stateFolder(): string {
  const { XDG_STATE_HOME = '' } = process.env;
  const base = isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(homedir(), '.local', 'state');
  return join(base, 'predictionx', 'imports');
}

/** Another process sees the old content or the new one, also after a power cut. */
function replaceFile(path: string, content: string): void {
  makeFolder(dirname(path));
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Level by level: with `recursive`, mkdirSync() of Node 20 repeats for ever in a file system such as /proc, whose folders exist but take no other. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another import may just have made it.
    if (!existsSync(folder)) throw error;
  }
}

function removeLeftOvers(path: string): void {
  try {
    const names = readdirSync(dirname(path)).filter(
      (name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.tmp'),
    );
    for (const name of names) {
      const file = join(dirname(path), name);
      if (statSync(file).mtimeMs < Date.now() - LEFT_OVER_MS) rmSync(file, { force: true });
    }
  } catch {
    // Without the folder there are none; another import may be removing the same ones.
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
