import { api, type Bucket, dataOf } from './client.js';

/** A range of time and how long its buckets are, as GET /api/readings takes them. */
export interface BucketQuery {
  readonly from: string;
  readonly to?: string;
  readonly every: string;
}

/** The buckets of several sensors, by sensor; those without any are left out. @throws RequestError */
export async function loadBuckets(
  sensorIds: readonly string[],
  query: BucketQuery,
): Promise<Readonly<Record<string, readonly Bucket[]>>> {
  // A comma inside an identifier is escaped.
  const sensorId = sensorIds.map((identifier) => identifier.replaceAll(',', '\\,'));
  const answer = await dataOf(api.GET('/api/readings', { params: { query: { ...query, sensorId } } }));
  // The route also answers with readings or CSV; asked for JSON and a bucket's length, with neither.
  return answer as Readonly<Record<string, readonly Bucket[]>>;
}
