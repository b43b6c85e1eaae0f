/** A call that failed in the thread; `code` is SQLite's (SQLITE_FULL, …), the system's (ENOSPC, …) or ''. */
export class CallError extends Error {
  constructor(
    message: string,
    readonly code: string,
    /** What the thread has open. */
    readonly path = '',
  ) {
    super(message);
    this.name = 'CallError';
  }
}
