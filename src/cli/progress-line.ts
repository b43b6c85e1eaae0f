import { count, duration } from './number-text.js';
import { StatusPrinter } from './status-printer.js';

/** How far a command is. */
export interface Advance {
  /** In the unit of the total, such as bytes. */
  readonly done: number;
  /** Rows or readings so far. */
  readonly count: number;
  readonly refused: number;
  /** Such as "waits: no answer within 30 s"; empty while the command makes progress. */
  readonly state: string;
}

const BAR_LENGTH = 20;
const TERMINAL_INTERVAL_MS = 200;
const LINE_INTERVAL_MS = 10_000;
/** The rate is that of the last seconds. */
const RATE_WINDOW_MS = 30_000;

interface Sample {
  readonly atMs: number;
  readonly count: number;
  readonly done: number;
}

/** Shows on standard error how far a command is: a bar on a terminal, elsewhere a line every ten seconds. */
export class ProgressLine {
  private readonly printer = new StatusPrinter(process.stderr);
  private readonly isTerminal = process.stderr.isTTY;
  private samples: Sample[] = [];
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param total what `done` will be at the end; 0 when that is not known
   * @param unit what is counted, such as "rows"
   */
  constructor(
    private readonly total: number,
    private readonly unit: string,
  ) {}

  start(advance: () => Advance): void {
    const intervalMs = this.isTerminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS;
    this.samples = [{ atMs: performance.now(), ...advance() }];
    this.timer = setInterval(() => {
      const text = this.format(advance());
      if (this.isTerminal) this.printer.status(text);
      else this.printer.print(text);
    }, intervalMs);
    this.timer.unref();
  }

  /** Prints a line that stays. */
  print(line: string): void {
    this.printer.print(line);
  }

  stop(): void {
    clearInterval(this.timer);
    this.printer.status('');
  }

  private format({ done, count: counted, refused, state }: Advance): string {
    const now = { atMs: performance.now(), count: counted, done };
    this.samples = [...this.samples.filter(({ atMs }) => atMs > now.atMs - RATE_WINDOW_MS), now];
    const [first = now] = this.samples;
    const seconds = (now.atMs - first.atMs) / 1000 || 1;
    const donePerSecond = (done - first.done) / seconds;
    const parts = [`${count(counted)} ${this.unit}`];
    if (refused > 0) parts.push(`${count(refused)} refused`);
    parts.push(`${count(Math.round((counted - first.count) / seconds))} ${this.unit}/s`);
    if (this.total > 0 && donePerSecond > 0)
      parts.push(`${duration(Math.max(0, this.total - done) / donePerSecond)} left`);
    if (state !== '') parts.push(state);
    return `${this.share(done)}${parts.join(', ')}`;
  }

  private share(done: number): string {
    if (this.total === 0) return '';
    const share = Math.min(1, done / this.total);
    const filled = Math.round(share * BAR_LENGTH);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_LENGTH - filled)}] `;
    return `${this.isTerminal ? bar : ''}${Math.floor(share * 100)} %: `;
  }
}
