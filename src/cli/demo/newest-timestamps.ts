import type { Ask } from '../gateway-client.js';
import { cut } from './in-batches.js';

/** The gateway takes so many names in one request; in an address they must not get too long, either. */
const NAMES = 100;

/**
 * Up to when the gateway has readings of sensors, so that a history is not measured twice.
 * @returns milliseconds since the Unix epoch by sensor; none for a key that may not read
 */
export async function newestOf(ask: Ask, sensorIds: readonly string[]): Promise<Map<string, number>> {
  const newest = new Map<string, number>();
  for (const names of cut(sensorIds, NAMES)) {
    const { status, body } = await ask('GET', `api/latest?sensorId=${names.join(',')}`);
    if (status !== 200 || !Array.isArray(body)) return newest;
    for (const { sensorId, timestamp } of body as readonly { sensorId: string; timestamp: string }[])
      newest.set(sensorId, Date.parse(timestamp));
  }
  return newest;
}
