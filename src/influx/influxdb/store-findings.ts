import type { StoreFinding } from '../reading-store.js';

/** Tells each finding once. */
export class StoreFindings {
  private readonly told = new Map<string, StoreFinding>();
  private readonly listeners: ((finding: StoreFinding) => void)[] = [];

  /** @param what tells findings apart: of several with the same, only the first is told */
  tell(type: StoreFinding['type'], what: string, message: string): void {
    if (this.told.has(what)) return;
    const finding = { type, message };
    this.told.set(what, finding);
    for (const listener of this.listeners) listener(finding);
  }

  subscribe(listener: (finding: StoreFinding) => void): void {
    this.listeners.push(listener);
    for (const finding of this.told.values()) listener(finding);
  }
}
