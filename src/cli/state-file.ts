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

/** Progress is saved at most this often: after a kill, so much is done again. */
const SAVE_INTERVAL_MS = 250;
/** A temporary file as old as this is left over from a kill; one that is younger may be that of another run. */
const LEFT_OVER_MS = 60_000;

/** A small JSON file in which a command keeps how far it is, so that the same command goes on after an interruption. */
export class StateFile {
  /** The folder of the file. */
  readonly folder: string;
  private readonly path: string;
  private nextSaveMs = 0;
  private canWrite = true;

  /**
   * @param folder of this kind of command
   * @param key what the command depends on: another key is another file
   * @param warn says why progress cannot be kept, once
   */
  constructor(
    folder: string,
    key: unknown,
    private readonly warn: (problem: string) => void,
  ) {
    const name = createHash('sha256').update(JSON.stringify(key)).digest('hex');
    this.folder = join(stateFolder(), folder);
    this.path = join(this.folder, `${name.slice(0, 32)}.json`);
  }

  /** Whether what is saved can be found again, as far as is known. */
  get isKept(): boolean {
    return this.canWrite;
  }

  /** @returns what was saved; undefined when there is no file, or none that can be read */
  read(): unknown {
    removeLeftOvers(this.path);
    try {
      return JSON.parse(readFileSync(this.path, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Saves unless it was saved just before. The file is replaced as a whole. */
  save(content: object, isUrgent = false): void {
    const nowMs = performance.now();
    if (!this.canWrite || (!isUrgent && nowMs < this.nextSaveMs)) return;
    this.nextSaveMs = nowMs + SAVE_INTERVAL_MS;
    try {
      replaceFile(this.path, `${JSON.stringify(content)}\n`);
    } catch (error) {
      this.canWrite = false;
      this.warn((error as Error).message);
    }
  }

  /** To be called when the work is complete, or starts from the beginning. */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch {
      // A folder that cannot be written has no file of ours.
    }
  }
}

/** The folder of the XDG Base Directory Specification for state of this user; a relative path does not count. */
function stateFolder(): string {
  const { XDG_STATE_HOME = '' } = process.env;
  const base = isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(homedir(), '.local', 'state');
  return join(base, 'predictionx');
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
    // Another run may just have made it.
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
    // Without the folder there are none; another run may be removing the same ones.
  }
}
