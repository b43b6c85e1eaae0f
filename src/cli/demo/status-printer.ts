import type { WriteStream } from 'node:tty';

/** Tells on standard output what goes on: lines that stay, and on a terminal one that changes. */
export class Narrator {
  private hasStatus = false;

  constructor(private readonly out: Pick<WriteStream, 'write' | 'isTTY'> = process.stdout) {}

  /** A line that stays. */
  say(line: string): void {
    this.out.write(`${this.clearing()}${line}\n`);
  }

  /** The line at the end, in place of the one before; on a terminal only. */
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
