import { LineReader } from '../../../src/ingest/line-protocol/line-reader.js';
import type { Precision } from '../../../src/model/precision.js';

/** Reads a body in line protocol to its end. */
export function parseLines(body: string, precision: Precision): Pick<LineReader, 'readings' | 'problems'> {
  const reader = new LineReader(body, precision);
  while (reader.step());
  const { readings, problems } = reader;
  return { readings, problems };
}
