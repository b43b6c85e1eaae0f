import { Readable } from 'node:stream';

import { Logger, StreamableFile } from '@nestjs/common';

import type { AnswerFormat } from './answer-format.js';
import type { Found, HistoryItem } from './history-reader.js';

/** The formats that are streamed, and their media types. */
export type ExportFormat = Exclude<AnswerFormat, 'json'>;

const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

const logger = new Logger('HistoryTable');

const READING_COLUMNS = ['sensorId', 'zone', 'value', 'latencyMs', 'timestamp'] as const;
const BUCKET_COLUMNS = ['sensorId', 'start', 'count', 'min', 'max', 'mean', 'last'] as const;

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Whether it holds buckets, or readings. */
  readonly ofBuckets: boolean;
  /** What the file is called, without what could upset a file system or a header. */
  readonly name: string;
}

/**
 * Begins a file of what is found, read as fast as the client takes it. It returns once the first part is there, so
 * that a failure until then still gets an answer of its own; a later one ends the connection.
 * @param found read from as needed; not beyond the point where the client goes away
 * @param end called when the file is done, or the client is gone
 */
export async function startExport(
  { format, ofBuckets, name }: ExportOptions,
  found: AsyncIterable<Found> | Iterable<Found>,
  end: () => void = () => undefined,
): Promise<StreamableFile> {
  const texts = format === 'csv' ? csv(found, ofBuckets) : ndjson(found);
  const first = await texts.next();
  const rest = async function* (): AsyncGenerator<string> {
    if (first.done) return;
    yield first.value;
    try {
      yield* texts;
    } catch (error) {
      if (!stream.destroyed) logger.warn(`A file of readings broke off: ${(error as Error).message}`);
      throw error;
    }
  };
  const stream = Readable.from(rest(), { objectMode: false }).once('close', end);
  const safe = name.replaceAll(/[^\w.-]/g, '_');
  return new StreamableFile(stream, {
    type: MEDIA_TYPES[format],
    ...(format === 'csv' && { disposition: `attachment; filename="${safe}.csv"` }),
  });
}

/** RFC 4180, with a header. */
async function* csv(
  found: AsyncIterable<Found> | Iterable<Found>,
  ofBuckets: boolean,
): AsyncGenerator<string> {
  const columns = ofBuckets ? BUCKET_COLUMNS : READING_COLUMNS;
  let header = `${columns.join(',')}\r\n`;
  for await (const part of found) {
    const lines = rowsOf(part).map((row) => columns.map((column) => csvField(row[column])).join(','));
    const text = header + lines.map((line) => `${line}\r\n`).join('');
    if (text !== '') yield text;
    header = '';
  }
}

async function* ndjson(found: AsyncIterable<Found> | Iterable<Found>): AsyncGenerator<string> {
  for await (const part of found) {
    const text = rowsOf(part)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('');
    if (text !== '') yield text;
  }
}

type Row = Readonly<Record<string, string | number | undefined>>;

/** A bucket gets its sensor's id, which a reading has of itself. */
function rowsOf({ sensorId, items }: Found): Row[] {
  return items.map((item) => Object.assign<Row, HistoryItem>({ sensorId }, item));
}

function csvField(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
