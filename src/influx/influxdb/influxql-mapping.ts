import { flux } from '@influxdata/influxdb-client';

import { CredentialsRefused, ReadRefused } from '../reading-store.js';
import type { InfluxConnection, InfluxOptions } from './influx-connection.js';
import type { InfluxqlSeries } from './influxql-answer.js';

/** How long to wait before looking for a mapping again. */
const RETRY_AFTER_MS = 2_000;

/** The most organizations that InfluxDB lists at once. */
const MAX_ORGS = 100;

const WHY =
  'The gateway cannot ask InfluxDB for the types of fields, and without them readings could be missing in answers without an error';

/**
 * InfluxDB offers a bucket only in Flux: one before 2.3 may, or an operator has deleted its mapping, or it is not certain that
 * InfluxQL would ask the same organization.
 */
export class NoMapping extends ReadRefused {
  constructor(reason: string) {
    super(`${WHY}: ${reason}`, RETRY_AFTER_MS);
  }
}

/** Where the interface of InfluxDB 1 finds a bucket. */
export interface Mapping {
  readonly database: string;
  readonly retention_policy: string;
  readonly bucketID: string;
}

interface BucketIds {
  readonly orgID: string;
  readonly bucketID: string;
}

/** Finds the DBRP mapping of a bucket, and makes certain that InfluxQL would ask this bucket. */
export class MappingSearch {
  /** The organization that InfluxQL asks, once it is known: it stays the same. */
  private ownOrgID: string | undefined;

  constructor(
    private readonly connection: InfluxConnection,
    private readonly options: Pick<InfluxOptions, 'org' | 'bucket'>,
  ) {}

  /**
   * InfluxDB maps each bucket by itself; an operator may have mapped it to other names, or these names to another bucket.
   * @throws NoMapping
   * @throws StoreUnavailable
   */
  async find(signal: AbortSignal): Promise<Mapping> {
    const { bucket } = this.options;
    const ids = await this.findIds(signal);
    if (!ids) throw new NoMapping(`InfluxDB does not list INFLUXDB_BUCKET ${bucket}`);
    const mapping = await this.findValid(ids, signal);
    if (!mapping)
      throw new NoMapping(
        `InfluxDB has no DBRP mapping for INFLUXDB_BUCKET ${bucket}. Make one with "influx v1 dbrp create --bucket-id ${ids.bucketID} --db NAME --rp autogen --default"`,
      );
    await this.refuseOtherOrg(ids.orgID, signal);
    return mapping;
  }

  private async findIds(signal: AbortSignal): Promise<BucketIds | undefined> {
    let ids: BucketIds | undefined;
    const list = flux`buckets() |> filter(fn: (r) => r.name == ${this.options.bucket})`;
    await this.connection.query(list, signal, (row, columns) => {
      ids = { orgID: columns.read(row, 'organizationID'), bucketID: columns.read(row, 'id') };
    });
    return ids;
  }

  /** InfluxDB lists its own mapping of a bucket even where an operator's mapping has taken the name for another bucket (2.9.1). */
  private async findValid({ orgID, bucketID }: BucketIds, signal: AbortSignal): Promise<Mapping | undefined> {
    for (const mapping of await this.mappings({ orgID, bucketID }, signal)) {
      const sameName = await this.mappings({ orgID, db: mapping.database }, signal);
      const taken = sameName.find(({ retention_policy }) => retention_policy === mapping.retention_policy);
      if (taken?.bucketID === bucketID) return mapping;
    }
    return undefined;
  }

  /** The mappings of a bucket or database, or of all buckets of an organization. */
  private async mappings(
    of: { readonly orgID: string; readonly bucketID?: string; readonly db?: string },
    signal: AbortSignal,
  ): Promise<readonly Mapping[]> {
    const query = new URLSearchParams({ ...of });
    const { content = [] } = (await this.connection.get(`/api/v2/dbrps?${query.toString()}`, signal)) as {
      content?: readonly Mapping[];
    };
    return content;
  }

  /**
   * InfluxQL asks the organization in which the token was made, whatever the request names, and a bucket there may have the same
   * name. Only a token for the whole server can be of another organization than INFLUXDB_ORG, and it sees them all. InfluxDB does
   * not say in which one the token was made, but InfluxQL lists its databases.
   */
  private async refuseOtherOrg(orgID: string, signal: AbortSignal): Promise<void> {
    if (this.ownOrgID === orgID) return;
    const orgs = await this.orgIDs(signal);
    const alike: string[] = [];
    if (orgs.length < 2) alike.push(orgID);
    else if (orgs.length < MAX_ORGS) {
      const asked = await this.databases(signal);
      for (const one of orgs) {
        const mappings = await this.mappings({ orgID: one }, signal);
        if (isSame(asked, new Set(mappings.map(({ database }) => database)))) alike.push(one);
      }
    }
    if (alike.length === 1 && alike[0] === orgID) {
      this.ownOrgID = orgID;
      return;
    }
    const { org, bucket } = this.options;
    const which = alike.length > 0 && !alike.includes(orgID) ? 'is not' : 'may not be';
    throw new NoMapping(
      `INFLUXDB_TOKEN sees several organizations, and InfluxQL asks only the one that the token was made in, which ${which} INFLUXDB_ORG ${org}. Use a token for INFLUXDB_BUCKET ${bucket} alone`,
    );
  }

  private async orgIDs(signal: AbortSignal): Promise<string[]> {
    try {
      const { orgs = [] } = (await this.connection.get(`/api/v2/orgs?limit=${MAX_ORGS}`, signal)) as {
        orgs?: { id: string }[];
      };
      return orgs.map(({ id }) => id);
    } catch (error) {
      // A token for one bucket may see no organization.
      if (error instanceof CredentialsRefused) return [];
      throw error;
    }
  }

  private async databases(signal: AbortSignal): Promise<Set<string>> {
    const names = new Set<string>();
    const take = ({ values = [] }: InfluxqlSeries): void => {
      for (const [name] of values) names.add(String(name));
    };
    const form = new URLSearchParams({ q: 'SHOW DATABASES', chunked: 'true' });
    await this.connection.queryInfluxql(form, signal, take);
    return names;
  }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
