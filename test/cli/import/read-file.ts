import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ReadOptions } from '../../../src/cli/import/read-options.js';
import { openReadingSource } from '../../../src/cli/import/reading-source.js';
import type { Row } from '../../../src/cli/import/row.js';
import { emptyFolder } from '../../support/environment.js';

export const PLACE = { sensor: 's', zone: 'z' };

/** The rows of a fixture, each as one text. */
export async function readFixture(name: string, options: ReadOptions = PLACE): Promise<string[]> {
  return (await readRows(join(import.meta.dirname, '../../fixtures/import', name), options)).map(formatRow);
}

/**
 * The rows of a file with this content, each as one text.
 * @param read gets them, too, for a file that cannot be read to its end
 */
export async function readText(
  content: string | Uint8Array,
  options: ReadOptions = PLACE,
  name = 'file.csv',
  read: string[] = [],
): Promise<string[]> {
  await readContent(content, options, name, (row) => read.push(formatRow(row)));
  return read;
}

export async function readContent(
  content: string | Uint8Array,
  options: ReadOptions = PLACE,
  name = 'file.csv',
  onRow?: (row: Row) => void,
): Promise<Row[]> {
  const folder = emptyFolder();
  try {
    writeFileSync(join(folder, name), content);
    return await readRows(join(folder, name), options, onRow);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function readRows(file: string, options: ReadOptions, onRow?: (row: Row) => void): Promise<Row[]> {
  const rows: Row[] = [];
  const source = await openReadingSource(file, options);
  for await (const row of source.rows()) {
    rows.push(row);
    onRow?.(row);
  }
  return rows;
}

/** `2 s z 21.5 1769782718000000`, with the latency at the end if there is one; `3: why it is refused` */
function formatRow(row: Row): string {
  if ('problem' in row) return `${row.line}: ${row.problem}`;
  const { sensorId, zone, value, timestampUs, latencyMs } = row.reading;
  return [row.line, sensorId, zone, value, timestampUs, ...(latencyMs === undefined ? [] : [latencyMs])].join(
    ' ',
  );
}
