import { StatusPrinter } from '../status-printer.js';
import { count, duration } from './number-text.js';
import type { Noun } from './summary.js';

/** How far an import is. */
export interface Advance {
  readonly bytesRead: number;
  readonly rows: number;
  readonly refused: number;
  /** Such as "waits: no answer within 30 s"; empty while readings are sent. */
  readonly state: string;
}

const BAR_LENGTH = 20;
const TERMINAL_INTERVAL_MS = 200;
const LINE_INTERVAL_MS = 10_000;
/** The rate is that of the last seconds. */
const RATE_WINDOW_MS = 30_000;

interface Sample {
  readonly atMs: number;
  readonly rows: number;
  readonly bytesRead: number;
}

/** Shows on standard error how far an import is: a bar on a terminal, elsewhere a line every ten seconds. */
export class ProgressLine {
  private readonly printer = new StatusPrinter(process.stderr);
  private readonly isTerminal = process.stderr.isTTY;
  private samples: Sample[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param size bytes of the file; 0 when they are not known */
  constructor(
    private readonly size: number,
    private readonly noun: Noun,
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

  private format({ bytesRead, rows, refused, state }: Advance): string {
    const now = { atMs: performance.now(), rows, bytesRead };
    this.samples = [...this.samples.filter(({ atMs }) => atMs > now.atMs - RATE_WINDOW_MS), now];
    const [first = now] = this.samples;
    const seconds = (now.atMs - first.atMs) / 1000 || 1;
    const bytesPerSecond = (bytesRead - first.bytesRead) / seconds;
    const parts = [`${count(rows)} ${this.noun}s`];
    if (refused > 0) parts.push(`${count(refused)} refused`);
    parts.push(`${count(Math.round((rows - first.rows) / seconds))} ${this.noun}s/s`);
    if (this.size > 0 && bytesPerSecond > 0)
      parts.push(`${duration(Math.max(0, this.size - bytesRead) / bytesPerSecond)} left`);
    if (state !== '') parts.push(state);
    return `${this.share(bytesRead)}${parts.join(', ')}`;
  }

  private share(bytesRead: number): string {
    if (this.size === 0) return '';
    const share = Math.min(1, bytesRead / this.size);
    const filled = Math.round(share * BAR_LENGTH);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_LENGTH - filled)}] `;
    return `${this.isTerminal ? bar : ''}${Math.floor(share * 100)} %: `;
  }
}
