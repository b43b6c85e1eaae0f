import { GATEWAY_URL, request } from '../api/client.js';
import type { StoredReading } from '../api/schemas.js';

/**
 * When the newest reading in a sensor's history was measured, milliseconds since the Unix epoch; undefined when there is none.
 * @throws RequestError
 */
export async function lastReadingMs(sensorId: string): Promise<number | undefined> {
  const path = `${GATEWAY_URL}/api/readings/${encodeURIComponent(sensorId)}`;
  const response = await request(`${path}?from=1970-01-01T00:00:00Z&order=desc&limit=1`);
  const [last] = (await response.json()) as StoredReading[];
  return last && Date.parse(last.timestamp);
}
