/** A file is no backup, not a whole one, or one of a newer gateway; the message says which, and what to do. */
export class BackupError extends Error {}
