/** The file as a whole cannot be read, or the options do not fit it; the message says what to do. */
export class ImportFileError extends Error {}
