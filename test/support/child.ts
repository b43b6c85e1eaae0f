import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

import { cleanEnv, ROOT } from './environment.js';

const alive = new Set<Child>();

// A test that fails leaves its processes behind, and Jest would wait for them for ever.
afterAll(() => {
  for (const child of alive) void child.kill('SIGKILL');
});

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of its own, whose output is kept; it never outlives the test file that started it. */
export class Child {
  /** What it wrote to standard output and standard error so far. */
  output = '';
  /** Ends when the process has, and all its output was read. */
  readonly exited: Promise<Exit>;
  private readonly process: ChildProcessByStdio<null, Readable, Readable>;

  constructor(command: string, args: readonly string[], variables: Record<string, string> = {}, cwd = ROOT) {
    // A process group of its own, as a terminal's commands have: a signal reaches what npm started, too.
    const options = { cwd, env: cleanEnv(variables), detached: true };
    this.process = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    alive.add(this);
    this.exited = new Promise((resolve) => {
      this.process.once('close', (code, signal) => {
        alive.delete(this);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<Exit> {
    const { pid, exitCode, signalCode } = this.process;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
    return this.exited;
  }
}

/** Runs a command to its end. */
export async function run(
  command: string,
  args: readonly string[],
  variables: Record<string, string> = {},
  cwd = ROOT,
): Promise<{ code: number | null; output: string }> {
  const child = new Child(command, args, variables, cwd);
  const { code } = await child.exited;
  return { code, output: child.output };
}
