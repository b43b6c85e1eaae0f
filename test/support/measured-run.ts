import { readFileSync } from 'node:fs';

import { Child } from './child.js';

/** A run of Node, and the most memory that it took; Linux only. */
export class MeasuredRun {
  maxResidentBytes = 0;
  readonly child: Child;
  private readonly timer: NodeJS.Timeout;

  constructor(args: readonly string[], variables: Record<string, string>) {
    this.child = new Child('node', args, variables);
    this.timer = setInterval(() => this.sample(), 100);
    void this.child.exited.then(() => clearInterval(this.timer));
  }

  private sample(): void {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
      this.maxResidentBytes = Math.max(this.maxResidentBytes, kilobytes * 1024);
    } catch {
      // It has just ended.
    }
  }
}
