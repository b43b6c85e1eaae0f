import { GatewayError } from '../errors/gateway-error.js';
import { show } from '../errors/show.js';
import { checkReading } from './check-reading.js';
import type { Submitted } from './ingest.service.js';

/**
 * Reads a batch.
 * @param body an array; what its records came to takes their place: the request would keep them to its end
 * @returns each record as a reading, or why it is none
 * @throws GatewayError INVALID_BATCH, BATCH_TOO_LARGE
 */
export function readBatch(body: unknown, maxRecords: number): Submitted[] {
  if (!Array.isArray(body))
    throw new GatewayError('INVALID_BATCH', `A batch must be an array of readings, got ${show(body)}`);
  if (body.length === 0)
    throw new GatewayError('INVALID_BATCH', 'A batch must hold at least one reading, got none');
  if (body.length > maxRecords) {
    const detail = `A batch must hold at most ${maxRecords} readings, got ${body.length}; send it in parts`;
    throw new GatewayError('BATCH_TOO_LARGE', detail);
  }
  for (let index = 0; index < body.length; index += 1) body[index] = checkReading(body[index]);
  return body as Submitted[];
}
