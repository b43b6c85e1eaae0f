import type { SendRequest } from '../gateway-client.js';
import { inBatches } from './in-batches.js';

/** Sensors in one request. The gateway has a limit, and URLs must not become too long. */
const SENSORS_PER_REQUEST = 100;

/**
 * The newest timestamps that the gateway has, so that the demo does not send a history twice.
 * @returns milliseconds since the Unix epoch by sensor; empty for a key that may not read
 */
export async function newestTimestamps(
  ask: SendRequest,
  sensorIds: readonly string[],
): Promise<Map<string, number>> {
  const newest = new Map<string, number>();
  for (const names of inBatches(sensorIds, SENSORS_PER_REQUEST)) {
    const { status, body } = await ask('GET', `api/latest?sensorId=${names.join(',')}`);
    if (status !== 200 || !Array.isArray(body)) return newest;
    for (const { sensorId, timestamp } of body as readonly { sensorId: string; timestamp: string }[])
      newest.set(sensorId, Date.parse(timestamp));
  }
  return newest;
}
