import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';

/** The same order as in inject.c. */
export const CALLS = [
  'write',
  'pwrite',
  'writev',
  'fsync',
  'fdatasync',
  'open',
  'rename',
  'unlink',
  'ftruncate',
  'read',
  'pread',
  'statfs',
  'mkdir',
  'close',
] as const;
export type Call = (typeof CALLS)[number];
export type ErrorName = 'EIO' | 'ENOSPC' | 'EDQUOT' | 'EMFILE' | 'EACCES';

/** A kind of call on one file, or on those that a pattern names. */
export interface Target {
  readonly call: Call;
  /** Below DATA_DIR, as fnmatch reads it. */
  readonly pattern: string;
}

export interface Injection extends Target {
  readonly error: ErrorName;
  /** How many calls pass first. */
  readonly skip: number;
  /** How many calls fail; -1 means all until disarm(). */
  readonly times: number;
}

/** Offsets in inject.c's struct control. */
const ARMED = 0;
const HITS = 20;
const SURVEY = 24;
const PATTERN = 28;
const BYTES = PATTERN + 256;

/** Builds the library that is loaded before libc. @returns its path */
export async function buildLibrary(): Promise<string> {
  const library = join(emptyFolder(), 'inject.so');
  const source = join(import.meta.dirname, 'inject.c');
  const { code, output } = await run('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread']);
  if (code !== 0) throw new Error(`inject.c cannot be compiled: ${output}`);
  return library;
}

/** Makes calls on files below one folder fail, in gateways that were started with its variables. */
export class Injector {
  readonly variables: Record<string, string>;
  private readonly control = join(emptyFolder(), 'control');
  private readonly fd: number;

  constructor(library: string, folder: string) {
    writeFileSync(this.control, Buffer.alloc(BYTES));
    this.fd = openSync(this.control, 'r+');
    this.variables = { LD_PRELOAD: library, FAULT_FOLDER: folder, FAULT_CONTROL: this.control };
  }

  arm({ call, pattern, error, skip, times }: Injection): void {
    this.disarm();
    const bytes = Buffer.alloc(BYTES - 4);
    const numbers = [CALLS.indexOf(call), constants.errno[error], skip, times, 0, 0];
    for (const [index, number] of numbers.entries()) bytes.writeInt32LE(number, index * 4);
    bytes.write(pattern, PATTERN - 4, 'latin1');
    writeSync(this.fd, bytes, 0, bytes.length, 4);
    this.put(ARMED, 1);
  }

  disarm(): void {
    this.put(ARMED, 0);
  }

  /** How many calls failed since arm(). */
  get hits(): number {
    const bytes = Buffer.alloc(4);
    readSync(this.fd, bytes, 0, 4, HITS);
    return bytes.readInt32LE();
  }

  /** From now on, each kind of call on each file is recorded under this number, once; 0 ends it. */
  survey(phase: number): void {
    this.put(SURVEY, phase);
  }

  /** What was recorded, by phase. Segments count as one file, and so do damaged files. */
  surveyed(): Map<number, Target[]> {
    const found = new Map<number, Map<string, Target>>();
    for (const line of readFileSync(`${this.control}.survey`, 'utf8').trim().split('\n')) {
      const [, phase = '', call = '', path = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
      const pattern = path
        .replace(/^journal\/\d.*\.seg$/, 'journal/*.seg')
        .replace(/\.new-\d+/, '.new-*')
        .replace(/^damaged\/.*/, 'damaged/*');
      const target = { call: CALLS[Number(call)] ?? 'write', pattern };
      const inPhase = found.get(Number(phase)) ?? new Map<string, Target>();
      found.set(Number(phase), inPhase.set(`${target.call} ${pattern}`, target));
    }
    return new Map([...found].map(([phase, targets]) => [phase, [...targets.values()]]));
  }

  close(): void {
    closeSync(this.fd);
  }

  private put(offset: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    writeSync(this.fd, bytes, 0, 4, offset);
  }
}
