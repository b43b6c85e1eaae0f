import { api, dataOf } from './client.js';
import type { Bucket } from './schemas.js';

/** A time range and the length of its buckets, as GET /api/readings takes them. */
export interface BucketQuery {
  readonly from: string;
  readonly to?: string;
  readonly every: string;
}

/** The buckets of several sensors, by sensor; a sensor without readings is absent. @throws RequestError */
export async function loadBuckets(
  sensorIds: readonly string[],
  query: BucketQuery,
): Promise<Readonly<Record<string, readonly Bucket[]>>> {
  // Commas separate identifiers, so a comma inside one is escaped.
  const sensorId = sensorIds.map((identifier) => identifier.replaceAll(',', '\\,'));
  const answer = await dataOf(api.GET('/api/readings', { params: { query: { ...query, sensorId } } }));
  // The route can also answer with readings or CSV, but not for `every` and JSON.
  return answer as Readonly<Record<string, readonly Bucket[]>>;
}
