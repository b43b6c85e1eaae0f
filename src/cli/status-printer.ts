import type { WriteStream } from 'node:tty';

/** Prints permanent lines to standard output, and on a terminal one status line that changes. */
export class StatusPrinter {
  private hasStatus = false;

  constructor(private readonly out: Pick<WriteStream, 'write' | 'isTTY'> = process.stdout) {}

  /** Prints a permanent line. */
  print(line: string): void {
    this.out.write(`${this.clearing()}${line}\n`);
  }

  /** Replaces the status line; on a terminal only. */
  status(line: string): void {
    if (!this.out.isTTY) return;
    this.out.write(`${this.clearing()}${line}`);
    this.hasStatus = true;
  }

  private clearing(): string {
    const before = this.hasStatus ? '\r\u001b[K' : '';
    this.hasStatus = false;
    return before;
  }
}
