/** Lets things that must not overlap happen one after the other. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** @returns what `act` gives, once all that came before it have ended, well or badly */
  run<T>(act: () => Promise<T>): Promise<T> {
    const acting = this.last.then(act);
    this.last = acting.catch(() => undefined);
    return acting;
  }
}
