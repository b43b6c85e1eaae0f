import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../../common/errors/gateway-error.js';
import type { Precision } from '../../model/precision.js';
import { toInflux1Precision } from '../influx-precision.js';

/**
 * The unit of the timestamps of a request to /write. The gateway has one database, and takes any name for it; a request
 * without a name is refused as InfluxDB refuses it.
 * @throws GatewayError INVALID_PARAMETER
 */
export function writePrecisionOf({ query }: FastifyRequest): Precision {
  const { db, precision } = query as Readonly<Record<string, unknown>>;
  if (db === undefined || db === '') {
    const message = 'database is required: add ?db=NAME to the URL; the gateway takes any name';
    throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'db', message }] });
  }
  return toInflux1Precision(precision);
}
