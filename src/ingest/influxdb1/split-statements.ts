import { GatewayError } from '../../common/errors/gateway-error.js';

/** As long as a URL may be. The statements of connection checks have some fifty characters. */
export const MAX_QUERY_LENGTH = 16_384;
const MAX_STATEMENTS = 20;

/**
 * A piece of InfluxQL: a comment, a quoted text, a quote that is not closed, a semicolon, or anything else. See
 * https://docs.influxdata.com/influxdb/v1/query_language/spec/.
 */
const PIECE =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|['"]|;|[-/]|[^-/'";]+/g;

/**
 * Splits InfluxQL at its semicolons, and leaves out comments and empty statements. The text is quoted in no error: it may
 * hold a password.
 * @returns at least one statement, without spaces at its ends
 * @throws GatewayError INVALID_PARAMETER
 */
export function splitStatements(query: string): string[] {
  if (query.length > MAX_QUERY_LENGTH)
    throw invalid(`it must be at most ${MAX_QUERY_LENGTH} characters long, got ${query.length}`);
  const statements = [''];
  for (const [piece] of query.matchAll(PIECE)) {
    if (piece === "'" || piece === '"') throw invalid(`a quote, ${piece}, is not closed`);
    if (piece === ';') statements.push('');
    else statements.push(`${statements.pop() ?? ''}${/^(?:--|\/\*)/.test(piece) ? ' ' : piece}`);
  }
  const found = statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
  if (found.length === 0) throw invalid('it has no statement, such as SHOW DATABASES');
  if (found.length > MAX_STATEMENTS)
    throw invalid(`it must have at most ${MAX_STATEMENTS} statements, got ${found.length}`);
  return found;
}

/** The error of a query as a whole, in the words of InfluxDB. */
export function invalid(reason: string): GatewayError {
  const message = `error parsing query: ${reason}`;
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'q', message }] });
}
