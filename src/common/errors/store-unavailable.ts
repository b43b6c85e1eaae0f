/** Nothing can be said yet; the same call may succeed after `retryAfterMs`. */
export class StoreUnavailable extends Error {
  constructor(
    message: string,
    readonly retryAfterMs: number,
    cause?: unknown,
    /** Whether the store itself named that time, so that it must not be asked earlier. */
    readonly mustWait = false,
  ) {
    super(message, { cause });
    this.name = 'StoreUnavailable';
  }
}
