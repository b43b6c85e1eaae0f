/** Reports of damage, as text for a person: at the start, and while the gateway runs. */
export class DamageReports {
  /** What was reported before anybody listened, oldest first. */
  readonly found: string[] = [];
  private readonly listeners: ((damage: string) => void)[] = [];

  report(damage: string): void {
    if (this.listeners.length === 0) this.found.push(damage);
    for (const listener of this.listeners) listener(damage);
  }

  /** Calls the listener with what is reported from now on. */
  onReport(listener: (damage: string) => void): void {
    this.listeners.push(listener);
  }
}
