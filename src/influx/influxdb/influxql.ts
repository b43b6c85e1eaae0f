import { flux } from '@influxdata/influxdb-client';

import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import { CredentialsRefused } from '../reading-store.js';
import type { InfluxConnection } from './influx-connection.js';
import type { TakeSeries } from './influxql-answer.js';

/** The most rows in one line of an answer. */
const CHUNK_ROWS = 1_000;

/**
 * InfluxDB offers a bucket only in Flux: one before 2.3 may, or an operator has deleted its mapping, or it is not certain that
 * InfluxQL would ask the same organization.
 */
export class NoMapping extends StoreUnavailable {}

/** Where the interface of InfluxDB 1 finds a bucket. */
interface Mapping {
  readonly database: string;
  readonly retention_policy: string;
}

/**
 * Asks InfluxDB 2 in the query language of InfluxDB 1, which reads each shard in the type that a field has there. Flux leaves
 * out the shards whose type is not that of the first one (2.9.1).
 */
export class Influxql {
  private mapping: Mapping | undefined;

  constructor(
    private readonly connection: InfluxConnection,
    private readonly bucket: string,
  ) {}

  /**
   * Returns once the whole answer has arrived; times are RFC 3339, because InfluxDB cuts those before 1970 to the wrong microsecond.
   * @throws NoMapping
   * @throws StoreUnavailable, also when the query fails after its first rows
   */
  async ask(statement: string, signal: AbortSignal, take: TakeSeries): Promise<void> {
    this.mapping ??= await this.findMapping(signal);
    const form = new URLSearchParams({
      db: this.mapping.database,
      rp: this.mapping.retention_policy,
      chunked: 'true',
      chunk_size: String(CHUNK_ROWS),
      q: statement,
    });
    try {
      await this.connection.queryInfluxql(form, signal, take);
    } catch (error) {
      // The bucket, or its mapping, may have been made again.
      this.mapping = undefined;
      throw error;
    }
  }

  /** InfluxDB maps each bucket by itself; an operator may have mapped it to other names, or these names to another bucket. */
  private async findMapping(signal: AbortSignal): Promise<Mapping> {
    let ids: readonly [string, string] | undefined;
    await this.connection.query(
      flux`buckets() |> filter(fn: (r) => r.name == ${this.bucket})`,
      signal,
      (row, columns) => {
        ids = [columns.read(row, 'organizationID'), columns.read(row, 'id')];
      },
    );
    if (ids) {
      await this.refuseOtherOrg(signal);
      const [orgID, bucketID] = ids;
      const query = new URLSearchParams({ orgID, bucketID });
      const { content } = (await this.connection.get(`/api/v2/dbrps?${query.toString()}`, signal)) as {
        content?: readonly Mapping[];
      };
      const mapping = content?.[0];
      if (mapping) return mapping;
    }
    throw new NoMapping(`InfluxDB has no DBRP mapping for INFLUXDB_BUCKET ${this.bucket}`, 5_000);
  }

  /**
   * InfluxQL asks the organization in which the token was made, whatever the request names, and a bucket there may have the same
   * name. Only a token for the whole server can be of another organization than INFLUXDB_ORG, and it sees them all.
   */
  private async refuseOtherOrg(signal: AbortSignal): Promise<void> {
    let orgs: readonly unknown[] = [];
    try {
      ({ orgs = [] } = (await this.connection.get('/api/v2/orgs?limit=2', signal)) as { orgs?: unknown[] });
    } catch (error) {
      // A token for one bucket may see no organization.
      if (!(error instanceof CredentialsRefused)) throw error;
    }
    if (orgs.length > 1)
      throw new NoMapping(
        'INFLUXDB_TOKEN sees several organizations, and InfluxQL asks only the one that the token was made in. Use a token for INFLUXDB_BUCKET alone',
        5_000,
      );
  }
}

/** A text in InfluxQL (https://docs.influxdata.com/influxdb/v1/query_language/spec/#strings). */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
