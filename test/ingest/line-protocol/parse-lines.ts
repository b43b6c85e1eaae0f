import { isAscii } from 'node:buffer';

import { LineReader, type LineProblem } from '../../../src/ingest/line-protocol/line-reader.js';
import { LinesBody } from '../../../src/ingest/line-protocol/lines-body.js';
import type { NewReading } from '../../../src/model/reading.js';
import type { Precision } from '../../../src/model/precision.js';

/** What a body in line protocol holds. */
interface Parsed {
  readonly readings: readonly NewReading[];
  /** The points that are no readings, and why. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
  /** The lines that cannot be parsed. */
  readonly problems: readonly LineProblem[];
}

/** Reads a body in line protocol to its end. */
export function parseLines(body: string, precision: Precision): Parsed {
  const reader = new LineReader(linesBody(body), precision);
  while (reader.step());
  const { submitted, problems } = reader;
  const readings = submitted.filter((one): one is NewReading => 'sensorId' in one);
  const refused = submitted.flatMap((one, index) =>
    'sensorId' in one
      ? []
      : [{ line: reader.lineOf(index), reason: one.map(({ message }) => message).join('; ') }],
  );
  return { readings, refused, problems };
}

/** @param text may have lone surrogates, which no bytes in UTF-8 have */
export function linesBody(text: string): LinesBody {
  const bytes = Buffer.from(text);
  return new LinesBody(text, isAscii(bytes) ? bytes : undefined);
}
