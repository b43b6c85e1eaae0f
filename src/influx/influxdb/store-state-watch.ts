import type { StoreState } from '../reading-store.js';

/** Remembers whether a store answers, and tells those who asked when that, or the reason, changes. */
export class StoreStateWatch {
  current: StoreState = { state: 'up', reason: '' };
  private readonly listeners: ((change: StoreState) => void)[] = [];

  set(state: StoreState): void {
    const changed = this.current.state !== state.state || this.current.reason !== state.reason;
    this.current = state;
    if (changed) for (const listener of this.listeners) listener(this.current);
  }

  subscribe(listener: (change: StoreState) => void): void {
    this.listeners.push(listener);
    if (this.current.state === 'down') listener(this.current);
  }
}
