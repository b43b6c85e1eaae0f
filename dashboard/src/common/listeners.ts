/** Whoever wants to be told. */
export class Listeners {
  private readonly listeners = new Set<() => void>();

  get size(): number {
    return this.listeners.size;
  }

  /** @returns what ends it */
  readonly add = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  tell(): void {
    for (const listener of this.listeners) listener();
  }
}
