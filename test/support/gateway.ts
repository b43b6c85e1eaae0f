import { Child, type Exit } from './child.js';
import { emptyFolder, until } from './environment.js';

export interface PipelineStatus {
  readonly accepted: number;
  readonly stored: number;
  readonly queued: number;
  readonly deadLettered: number;
  readonly damaged: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly journalBytes: number;
  readonly journalMaxBytes: number;
  readonly deadLetterBytes?: number;
  readonly deadLettersMaxBytes?: number;
  readonly oldestQueuedSeconds: number;
  readonly store: 'up' | 'down';
}

/** The build that is tested; another folder, such as the dist/ of an earlier build, shows what that one does. */
const DIST = process.env.GATEWAY_DIST ?? 'dist';

/** A gateway in a process of its own, on a free port. */
export class Gateway {
  url = '';
  /** The key that get(), json() and post() send; empty for none. */
  key = '';

  private constructor(
    private readonly child: Child,
    readonly dataDir: string,
  ) {}

  /** Starts the build, or another command, and waits until it listens. */
  static async start(
    variables: Record<string, string> = {},
    command?: readonly string[],
    withinMs?: number,
  ): Promise<Gateway> {
    const gateway = Gateway.launch(variables, command);
    const listening = gateway.waitForOutput(/listens on (https?:\/\/[^\s;"]+)/, withinMs);
    const ended = gateway.exit().then(() => {
      throw new Error(`The gateway ended instead of listening:\n${gateway.output}`);
    });
    const [, url = ''] = await Promise.race([listening, ended]);
    gateway.url = url;
    return gateway;
  }

  /** Starts a gateway without waiting for anything. */
  static launch(
    variables: Record<string, string> = {},
    [program = '', ...args]: readonly string[] = ['node', `${DIST}/main.js`],
  ): Gateway {
    const dataDir = variables.DATA_DIR ?? emptyFolder();
    const env = { PORT: '0', LOG_FORMAT: 'json', DATA_DIR: dataDir, ...variables };
    return new Gateway(new Child(program, args, env), dataDir);
  }

  /** What it logged so far. */
  get output(): string {
    return this.child.output;
  }

  get pid(): number {
    return this.child.pid;
  }

  waitForOutput(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray> {
    return until(
      () => pattern.exec(this.output) ?? undefined,
      `output that matches ${String(pattern)}`,
      withinMs,
    );
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.key !== '' && !headers.has('authorization')) headers.set('authorization', `Bearer ${this.key}`);
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  async json(path: string): Promise<unknown> {
    return (await this.get(path)).json();
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.get(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Waits until the store has all that was acknowledged. */
  async settled(withinMs = 30_000): Promise<void> {
    const queued = async (): Promise<true | undefined> =>
      (await this.pipeline()).queued === 0 ? true : undefined;
    await until(queued, 'the journal to be empty', withinMs);
  }

  /** @throws Error when it does not answer, or not with 200 */
  async pipeline(): Promise<PipelineStatus> {
    const response = await this.get('/api/pipeline');
    // One that is starting says so, which is no status.
    if (!response.ok) throw new Error(`/api/pipeline answers ${response.status}`);
    return (await response.json()) as PipelineStatus;
  }

  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    return this.child.kill(signal);
  }

  exit(): Promise<Exit> {
    return this.child.exited;
  }
}
