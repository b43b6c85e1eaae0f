import { AnnotatedSource } from './annotated-source.js';
import { CsvSource } from './csv-source.js';
import { refuseIgnoredOptions } from './ignored-options.js';
import { Lines } from './lines.js';
import { NdjsonSource } from './ndjson-source.js';
import type { FileFormat, ReadOptions } from './read-options.js';
import type { Row } from './row.js';
import { TextFile } from './text-file.js';

/** The readings of a file. */
export interface ReadingSource {
  /** What was understood, a line each: format, columns, times. Complete once the first row was read. */
  readonly description: readonly string[];
  /** Lines that were passed over as comments so far. */
  readonly comments: number;
  /** Bytes of the file that were read so far, of a gzip file the compressed ones. */
  readonly bytesRead: number;
  /**
   * The rows in the order of the file, once, in constant memory. Ending the loop closes the file.
   * @throws ImportFileError when the rest of the file cannot be read
   */
  rows(): AsyncGenerator<Row>;
}

type FormatSource = Pick<ReadingSource, 'description' | 'rows'> & Partial<Pick<ReadingSource, 'comments'>>;

const FORMAT_NAMES: Readonly<Record<FileFormat, string>> = {
  csv: 'CSV',
  ndjson: 'NDJSON',
  annotated: 'annotated CSV of InfluxDB',
};

/**
 * Opens a file and reads its beginning.
 * @throws ImportFileError when it is no file of readings, or the options do not fit it
 */
export async function openReadingSource(file: string, options: ReadOptions): Promise<ReadingSource> {
  const text = await TextFile.open(file);
  try {
    const lines = new Lines(text.chunks(), text.head);
    const format = options.format ?? findFormat(file, text.head);
    refuseIgnoredOptions(format, options);
    return new FileSource(text, lines, format, await openFormat(format, lines, options));
  } catch (error) {
    text.close();
    throw error;
  }
}

class FileSource implements ReadingSource {
  constructor(
    private readonly text: TextFile,
    private readonly lines: Lines,
    private readonly format: FileFormat,
    private readonly source: FormatSource,
  ) {}

  get description(): readonly string[] {
    const packed = this.text.isGzip ? ', unpacked from gzip' : '';
    const format = `format: ${FORMAT_NAMES[this.format]}, ${this.text.encoding.toUpperCase()}${packed}`;
    return [format, ...this.source.description];
  }

  get comments(): number {
    return this.source.comments ?? 0;
  }

  get bytesRead(): number {
    return this.text.bytesRead;
  }

  async *rows(): AsyncGenerator<Row> {
    try {
      yield* this.source.rows();
    } finally {
      await this.lines.close();
      this.text.close();
    }
  }
}

async function openFormat(format: FileFormat, lines: Lines, options: ReadOptions): Promise<FormatSource> {
  if (format === 'ndjson') return new NdjsonSource(lines, options);
  if (format === 'annotated') return new AnnotatedSource(lines, options);
  return CsvSource.open(lines, options);
}

/** By the file's first line; without the annotations that can be left out, InfluxDB's columns show its format. */
function findFormat(file: string, head: string): FileFormat {
  const first = /\S.*/.exec(head)?.[0] ?? '';
  if (first.startsWith('{') || /\.(?:ndjson|jsonl)(?:\.gz)?$/i.test(file)) return 'ndjson';
  if (/^#(?:group|datatype|default)\b/.test(first) || first.startsWith(',result,table,')) return 'annotated';
  if (/\b_field\b/.test(first) && /\b_value\b/.test(first)) return 'annotated';
  return 'csv';
}
