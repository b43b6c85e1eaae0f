import { Readable } from 'node:stream';

import { Logger, StreamableFile } from '@nestjs/common';

import type { AnswerFormat } from './answer-format.js';
import type { HistoryItem, SensorHistory } from './history-reader.js';

/** The formats of exports, which are streamed. */
export type ExportFormat = Exclude<AnswerFormat, 'json'>;

const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

const logger = new Logger('HistoryExport');

const READING_COLUMNS = ['sensorId', 'zone', 'value', 'latencyMs', 'timestamp'] as const;
const BUCKET_COLUMNS = ['sensorId', 'start', 'count', 'min', 'max', 'mean', 'last'] as const;

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Whether it has buckets; else it has readings. */
  readonly hasBuckets: boolean;
  /** The file's name, without an ending. Characters that a file system or header may not accept become underscores. */
  readonly name: string;
}

/**
 * Starts a file of history, which is read as fast as the client reads it. It returns once the first part is there, if only an empty one, so that an
 * earlier failure still gets an error answer; a later one ends the connection.
 * @param found read as needed, and no further once the client disconnects
 */
export async function startExport(
  { format, hasBuckets, name }: ExportOptions,
  found: AsyncIterable<SensorHistory> | Iterable<SensorHistory>,
): Promise<StreamableFile> {
  const texts = format === 'csv' ? csv(found, hasBuckets) : ndjson(found);
  const first = await texts.next();
  const rest = async function* (): AsyncGenerator<string> {
    if (!first.done && first.value !== '') yield first.value;
    try {
      for await (const text of texts) if (text !== '') yield text;
    } catch (error) {
      if (!stream.destroyed) logger.warn(`An export of readings was cut off: ${(error as Error).message}`);
      throw error;
    }
  };
  const stream = Readable.from(rest(), { objectMode: false });
  const safe = name.replaceAll(/[^\w.-]/g, '_');
  return new StreamableFile(stream, {
    type: MEDIA_TYPES[format],
    ...(format === 'csv' && { disposition: `attachment; filename="${safe}.csv"` }),
  });
}

/** RFC 4180, with a header. */
async function* csv(
  found: AsyncIterable<SensorHistory> | Iterable<SensorHistory>,
  hasBuckets: boolean,
): AsyncGenerator<string> {
  const columns = hasBuckets ? BUCKET_COLUMNS : READING_COLUMNS;
  let header = `${columns.join(',')}\r\n`;
  for await (const part of found) {
    const lines = rowsOf(part).map((row) => columns.map((column) => csvField(row[column])).join(','));
    yield header + lines.map((line) => `${line}\r\n`).join('');
    header = '';
  }
  if (header !== '') yield header;
}

async function* ndjson(
  found: AsyncIterable<SensorHistory> | Iterable<SensorHistory>,
): AsyncGenerator<string> {
  for await (const part of found)
    yield rowsOf(part)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('');
}

type Row = Readonly<Record<string, string | number | undefined>>;

/** Adds the sensor's id to buckets; readings have it already. */
function rowsOf({ sensorId, items }: SensorHistory): Row[] {
  return items.map((item) => Object.assign<Row, HistoryItem>({ sensorId }, item));
}

function csvField(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
