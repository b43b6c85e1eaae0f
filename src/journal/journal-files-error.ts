/** A failure of the files or the disk. It names no file: the names of segments must not leave this machine. */
export class JournalFilesError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}
