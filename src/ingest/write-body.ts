import { GatewayError } from '../errors/gateway-error.js';
import type { NewReading } from '../reading/reading.js';
import { mustBeMessage } from '../validation/must-be.js';
import type { Verdicts } from './ingest.service.js';
import { parseLines } from './line-protocol.js';
import { type Precision, PRECISIONS } from './usual-lines.js';

/**
 * The readings of a body in line protocol.
 * @throws GatewayError INVALID_LINE_PROTOCOL that names every bad line; INVALID_PARAMETER for the precision
 */
export function readLines(body: unknown, precision: unknown = 'ns'): NewReading[] {
  if (!isPrecision(precision)) {
    const message = mustBeMessage('precision', `one of ${PRECISIONS.join(', ')}`, precision);
    throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'precision', message }] });
  }
  const { readings, problems } = parseLines(typeof body === 'string' ? body : '', precision);
  if (problems.length > 0) {
    const errors = problems.map(({ line, text, reason }) => ({
      path: `line ${line}`,
      message: `unable to parse '${text}': ${reason}`,
    }));
    const detail = errors.map(({ message }) => message).join('\n');
    throw new GatewayError('INVALID_LINE_PROTOCOL', detail, { errors });
  }
  return readings;
}

/** As InfluxDB: one line that is refused refuses them all. */
export function allOrNothing({ refusals }: Verdicts): object {
  const [first] = refusals;
  if (!first) return {};
  throw new GatewayError(
    first.code,
    refusals.map(({ index, message }) => `point ${index + 1}: ${message}`).join('\n'),
  );
}

function isPrecision(value: unknown): value is Precision {
  return PRECISIONS.some((precision) => precision === value);
}
