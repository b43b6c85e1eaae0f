import { GatewayError } from '../errors/gateway-error.js';
import { show } from '../errors/show.js';

/**
 * The records of a batch.
 * @throws GatewayError INVALID_BATCH, BATCH_TOO_LARGE
 */
export function toRecords(body: unknown, maxRecords: number): readonly unknown[] {
  if (!Array.isArray(body))
    throw new GatewayError('INVALID_BATCH', `A batch must be an array of readings, got ${show(body)}`);
  if (body.length === 0)
    throw new GatewayError('INVALID_BATCH', 'A batch must hold at least one reading, got none');
  if (body.length > maxRecords) {
    const detail = `A batch must hold at most ${maxRecords} readings, got ${body.length}; send it in parts`;
    throw new GatewayError('BATCH_TOO_LARGE', detail);
  }
  return body;
}
