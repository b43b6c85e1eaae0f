import { MAX_NAMED } from '../../common/errors/answer-bounds.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { oneLine } from '../../common/errors/one-line.js';
import { runSteps } from '../../common/scheduling/time-slices.js';
import type { SentTimes } from '../sent-times.js';
import { LineReader } from './line-reader.js';
import { LinesBody } from './lines-body.js';
import type { PointMapper } from './point-mapper.js';

/** How to read a body in line protocol. */
export interface LinesOptions {
  readonly sentTimes: SentTimes;
  /** The most lines, without blank ones and comments; with a mapper, the most readings. */
  readonly maxLines: number;
  /** Makes readings of points; the gateway's own measurement alone by default. */
  readonly mapper?: PointMapper;
  /** Returns false once the client has disconnected. */
  readonly isWanted?: () => boolean;
}

/** The points of a body. */
export type Lines = Pick<LineReader, 'submitted' | 'pointCount' | 'lineOf'>;

/**
 * Reads a body in line protocol; a long body is read in time slices, and the result is a promise.
 * @throws GatewayError INVALID_LINE_PROTOCOL, which names the lines that cannot be parsed; BATCH_TOO_LARGE
 */
export function readLines(
  body: unknown,
  { sentTimes, maxLines, mapper, isWanted }: LinesOptions,
): Lines | Promise<Lines> {
  const lines = new LineReader(
    body instanceof LinesBody ? body : LinesBody.EMPTY,
    sentTimes.precision,
    maxLines,
    mapper,
  );
  const reading = runSteps(lines, isWanted);
  const limit = mapper
    ? `${maxLines} readings, each field that a rule of LINE_MAPPING takes being one`
    : `${maxLines} lines`;
  const check = (): Lines => checked(lines, `${limit}, got at least ${maxLines + 1}`);
  return reading ? reading.then(check) : check();
}

function checked(lines: LineReader, limit: string): LineReader {
  const { problems, problemCount, isTooLong } = lines;
  if (problemCount === 0 && !isTooLong) return lines;
  const errors = problems.map(({ line, text, reason }) => ({
    path: `line ${line}`,
    message: oneLine(`line ${line}: unable to parse '${text}': ${reason}`),
  }));
  const sentences = errors.map(({ message }) => message);
  if (problemCount > MAX_NAMED || isTooLong) {
    const atLeast = isTooLong ? 'at least ' : '';
    const named = problemCount > MAX_NAMED ? `; the first ${MAX_NAMED}` : '';
    if (problemCount > 0) sentences.unshift(`${atLeast}${problemCount} lines cannot be parsed${named}:`);
  }
  if (!isTooLong) throw new GatewayError('INVALID_LINE_PROTOCOL', sentences.join('\n'), { errors });
  const detail = `A body must hold at most ${limit}; send it in parts`;
  throw new GatewayError('BATCH_TOO_LARGE', [detail, ...sentences].join('\n'), { errors });
}
