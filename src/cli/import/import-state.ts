import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { VERSION } from '../../common/config/version.js';
import type { FileIdentity } from './file-identity.js';
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
      .update(JSON.stringify([file.path, target]))
      .digest('hex');
    this.path = join(stateFolder(), `${name.slice(0, 32)}.json`);
  }

  /** @returns the progress of the same import of the same file */
  find(): Progress | undefined {
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
        `Progress cannot be saved, so after an interruption the import starts from the beginning: ${message}`,
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

function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.size === b.size && a.modifiedMs === b.modifiedMs && a.head === b.head;
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
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, content);
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
