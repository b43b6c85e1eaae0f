import type { InfluxConnection, InfluxOptions } from './influx-connection.js';
import type { TakeSeries } from './influxql-answer.js';
import { type Mapping, MappingSearch, NoMapping } from './influxql-mapping.js';

/** The most rows in one line of an answer. */
const CHUNK_ROWS = 1_000;

/** How long a missing mapping is remembered. */
const REFUSED_MS = 1_000;

/**
 * Asks InfluxDB 2 in the query language of InfluxDB 1, which reads each shard in the type that a field has there. Flux leaves
 * out the shards whose type is not that of the first one (2.9.1).
 */
export class Influxql {
  private readonly search: MappingSearch;
  private mapping: Mapping | undefined;
  private refusal: NoMapping | undefined;
  /** By performance.now(). */
  private refusedAtMs = -Infinity;

  constructor(
    private readonly connection: InfluxConnection,
    options: Pick<InfluxOptions, 'org' | 'bucket'>,
  ) {
    this.search = new MappingSearch(connection, options);
  }

  /**
   * Finds out anew where the bucket is: an operator may change its mapping.
   * @throws NoMapping
   * @throws StoreUnavailable
   */
  async check(signal: AbortSignal): Promise<Mapping> {
    try {
      this.mapping = await this.search.find(signal);
      this.refusal = undefined;
      return this.mapping;
    } catch (error) {
      this.mapping = undefined;
      this.refusal = error instanceof NoMapping ? error : undefined;
      this.refusedAtMs = performance.now();
      throw error;
    }
  }

  /**
   * Returns once the whole answer has arrived; times are RFC 3339, because InfluxDB cuts those before 1970 to the wrong microsecond.
   * @throws NoMapping
   * @throws StoreUnavailable, also when the query fails after its first rows
   */
  async ask(statement: string, signal: AbortSignal, take: TakeSeries): Promise<void> {
    if (this.refusal && performance.now() - this.refusedAtMs < REFUSED_MS) throw this.refusal;
    const { database, retention_policy } = this.mapping ?? (await this.check(signal));
    const form = new URLSearchParams({
      db: database,
      rp: retention_policy,
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
}

/** A text in InfluxQL (https://docs.influxdata.com/influxdb/v1/query_language/spec/#strings). */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
