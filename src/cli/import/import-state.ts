import { VERSION } from '../../common/config/version.js';
import { StateFile } from '../state-file.js';
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

/** Keeps the progress of an import in a small file, so that the same command goes on after an interruption. */
export class ImportState {
  /** When the progress that was found was saved; undefined when there is none. */
  savedAt: string | undefined;
  /** Whether there was progress of a file that has changed since. */
  fileHasChanged = false;
  private readonly state: StateFile;

  /** @param warn says why progress cannot be kept, once */
  constructor(
    private readonly file: FileIdentity,
    private readonly target: ImportTarget,
    warn: (text: string) => void,
  ) {
    const key = [file.path, Object.entries(target).toSorted(byName)];
    this.state = new StateFile('imports', key, (problem) =>
      warn(
        `Progress cannot be saved in ${this.state.folder} (${problem}), so after an interruption the import starts from the beginning; XDG_STATE_HOME names another folder`,
      ),
    );
  }

  /** Whether the progress of this import can be found again, as far as is known. */
  get isKept(): boolean {
    return this.state.isKept;
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

  /** Saves progress unless it was saved just before. */
  save(progress: Progress, isUrgent = false): void {
    const { file, target } = this;
    const kept: Kept = { version: VERSION, file, target, savedAt: new Date().toISOString(), progress };
    this.state.save(kept, isUrgent);
  }

  /** To be called when the import is complete, or starts from the beginning. */
  remove(): void {
    this.state.remove();
  }

  /** A file that holds something else is no progress. */
  private read(): Kept | undefined {
    const kept = this.state.read() as Partial<Kept> | null | undefined;
    return kept?.file && isProgress(kept.progress) ? (kept as Kept) : undefined;
  }
}

function isProgress(progress: Partial<Progress> | undefined): boolean {
  const numbers = [progress?.rows, progress?.line, progress?.accepted];
  return Array.isArray(progress?.refused) && numbers.every((number) => Number.isSafeInteger(number));
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
