import type { ReadOptions } from './read-options.js';
import type { Row } from './row.js';

/** The readings of a file. */
export interface ReadingSource {
  /** What was understood, a line each: format, columns, times. Complete once the first row was read. */
  readonly description: readonly string[];
  /** Bytes of the file that were read so far, of a gzip file the compressed ones. */
  readonly bytesRead: number;
  /**
   * The rows in the order of the file, once, in constant memory. Ending the loop closes the file.
   * @throws ImportFileError when the rest of the file cannot be read
   */
  rows(): AsyncGenerator<Row>;
}

/**
 * Opens a file and reads its beginning.
 * @throws ImportFileError when it is no file of readings, or the options do not fit it
 */
export function openReadingSource(file: string, options: ReadOptions): Promise<ReadingSource> {
  return Promise.reject(new Error(`${file} cannot be read yet (${Object.keys(options).join()})`));
}
