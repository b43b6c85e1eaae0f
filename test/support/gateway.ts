import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An empty folder of its own. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'predictionx-'));
}

/** Environment variables of this process, without any that would configure a gateway. */
export function cleanEnv(variables: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(INFLUXDB_|HOST$|PORT$|DATA_DIR$|CORS_ORIGINS$|LOG_|NODE_OPTIONS$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...variables };
}

/** A gateway in a process of its own, on a free port. */
export class Gateway {
  url = '';
  output = '';
  private readonly exited: Promise<Exit>;

  private constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
  ) {
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  /** Starts node dist/main.js, or another command, and waits until it listens. */
  static async start(
    variables: Record<string, string> = {},
    command = ['node', 'dist/main.js'],
  ): Promise<Gateway> {
    const gateway = Gateway.launch(variables, command);
    const listening = gateway.waitForOutput(/listens on (http:\/\/[^\s;"]+)/);
    const ended = gateway.exited.then(() => {
      throw new Error(`The gateway ended instead of listening:\n${gateway.output}`);
    });
    const [, url = ''] = await Promise.race([listening, ended]);
    gateway.url = url;
    return gateway;
  }

  /** Starts a gateway without waiting for anything. */
  static launch(variables: Record<string, string> = {}, command = ['node', 'dist/main.js']): Gateway {
    const dataDir = variables.DATA_DIR ?? emptyFolder();
    const [program = '', ...args] = command;
    const env = cleanEnv({ PORT: '0', LOG_FORMAT: 'json', DATA_DIR: dataDir, ...variables });
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const gateway = new Gateway(child, dataDir);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (gateway.output += text));
    }
    return gateway;
  }

  waitForOutput(pattern: RegExp): Promise<RegExpExecArray> {
    return until(() => pattern.exec(this.output) ?? undefined, `output that matches ${String(pattern)}`);
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  async json(path: string): Promise<unknown> {
    return (await this.get(path)).json();
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal);
    return this.exited;
  }

  exit(): Promise<Exit> {
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
  const child = spawn(command, args, { cwd, env: cleanEnv(variables), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Asks until there is an answer other than undefined. */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
