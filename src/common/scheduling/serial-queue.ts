/** Runs tasks that must not overlap one after the other. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `act` after all earlier tasks have ended, whether they failed or not. @returns its result */
  run<T>(act: () => Promise<T>): Promise<T> {
    const acting = this.last.then(act);
    this.last = acting.catch(() => undefined);
    return acting;
  }
}
