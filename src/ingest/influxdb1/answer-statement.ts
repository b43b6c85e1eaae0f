import { MEASUREMENT } from '../../influx/influxdb/influx-lines.js';
import { invalid } from './split-statements.js';

interface Series {
  readonly name?: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** The result of one statement, as InfluxDB 1 gives it; an empty one is success. */
export interface StatementResult {
  readonly series?: readonly Series[];
  readonly messages?: readonly { readonly level: 'warning'; readonly text: string }[];
  readonly error?: string;
}

/** The one database of the gateway. Every other name means the same. */
const DATABASE = 'predictionx';
/** The words that a statement of InfluxQL begins with. */
const VERBS = [
  'SELECT',
  'SHOW',
  'CREATE',
  'DROP',
  'DELETE',
  'ALTER',
  'EXPLAIN',
  'GRANT',
  'REVOKE',
  'KILL',
  'SET',
];
const READING = 'to read, GET /api/latest and GET /api/readings/{sensorId} with a key of role reader';
const SUPPORTED = 'SHOW DATABASES, CREATE DATABASE, SHOW RETENTION POLICIES and SHOW MEASUREMENTS';

/**
 * Answers one statement without looking at what is stored: always the same names, whatever was written.
 * @param db the database that the request names
 * @throws GatewayError INVALID_PARAMETER when the statement is not InfluxQL
 */
export function answerStatement(statement: string, db: string | undefined): StatementResult {
  const [verb = '', object = ''] = (/^[a-z]+(?:\s+[a-z]+)?/i.exec(statement)?.[0] ?? '')
    .toUpperCase()
    .split(/\s+/);
  if (!VERBS.includes(verb)) throw invalid(`a statement must begin with one of ${VERBS.join(', ')}`);
  switch (`${verb} ${object}`) {
    case 'SHOW DATABASES':
      return list('databases', db === undefined || db === '' ? [DATABASE] : [...new Set([DATABASE, db])]);
    case 'SHOW MEASUREMENTS':
      return list('measurements', [MEASUREMENT]);
    case 'SHOW RETENTION':
      return { series: [RETENTION_POLICIES] };
    case 'CREATE DATABASE':
      return /\sWITH\s/i.test(statement) ? { messages: [NO_RETENTION] } : {};
    default:
      return { error: refusal(verb, object) };
  }
}

/** Words other than the first two may be a password, as in CREATE USER. */
function refusal(verb: string, object: string): string {
  if (verb === 'SELECT' || verb === 'EXPLAIN') return `not implemented: ${verb}; ${READING}`;
  const what = verb === 'SHOW' || verb === 'CREATE' || verb === 'DROP' ? `${verb} ${object}` : verb;
  return `not implemented: ${what.trim()}; the gateway answers ${SUPPORTED}; ${READING}`;
}

function list(name: string, values: readonly string[]): StatementResult {
  return { series: [{ name, columns: ['name'], values: values.map((value) => [value]) }] };
}

/** InfluxDB's default one. How long readings are kept is READINGS_RETENTION, or the bucket's own setting. */
const RETENTION_POLICIES: Series = {
  columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'],
  values: [['autogen', '0s', '168h0m0s', 1, true]],
};

const NO_RETENTION = {
  level: 'warning',
  text: 'the retention of WITH is ignored: the configuration of the gateway says how long readings are kept',
} as const;
