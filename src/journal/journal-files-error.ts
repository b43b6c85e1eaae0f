/** What the files or the disk did not do. It names no file: names of segments stay on this machine. */
export class JournalFilesError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}
