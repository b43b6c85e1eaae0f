import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { findInfluxd, HOW_TO_GET_INFLUXD } from '../../tools/influxd/find.mjs';
import { Child } from './child.js';
import { emptyFolder, until } from './environment.js';

const ADMIN = {
  username: 'tester',
  password: 'tester-password',
  org: 'tests',
  bucket: 'first',
  token: 'test-token',
};

/** A real InfluxDB 2: a process of its own on a free port, or the server that INFLUXDB_TEST_URL names. */
export class Influxd {
  private constructor(
    readonly url: string,
    readonly token: string,
    readonly org: string,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(): Promise<Influxd> {
    const { INFLUXDB_TEST_URL: url, INFLUXDB_TEST_TOKEN: token, INFLUXDB_TEST_ORG: org } = process.env;
    if (url) {
      await onboard(url);
      return new Influxd(url, token ?? ADMIN.token, org ?? ADMIN.org, () => Promise.resolve());
    }
    const server = await InfluxdProcess.start(emptyFolder());
    await onboard(server.url);
    return new Influxd(server.url, ADMIN.token, ADMIN.org, () => server.discard());
  }

  /** Makes a bucket of its own name; retention in seconds, 0 keeps for ever. */
  async createBucket(retentionSeconds = 0): Promise<string> {
    const name = `bucket-${Math.random().toString(36).slice(2)}`;
    const { orgs } = (await this.call('GET', `/api/v2/orgs?org=${encodeURIComponent(this.org)}`)) as {
      orgs: [{ id: string }];
    };
    const retentionRules = retentionSeconds === 0 ? [] : [{ type: 'expire', everySeconds: retentionSeconds }];
    await this.call('POST', '/api/v2/buckets', { orgID: orgs[0].id, name, retentionRules });
    return name;
  }

  /** Makes a token that may only read, or only write, a bucket. */
  async createToken(bucket: string, action: 'read' | 'write'): Promise<string> {
    const { buckets } = (await this.call('GET', `/api/v2/buckets?name=${bucket}`)) as {
      buckets: [{ id: string; orgID: string }];
    };
    const [{ id, orgID }] = buckets;
    const permissions = [{ action, resource: { type: 'buckets', id, orgID } }];
    const { token } = (await this.call('POST', '/api/v2/authorizations', { orgID, permissions })) as {
      token: string;
    };
    return token;
  }

  /** Maps a database of InfluxDB 1, with the retention policy autogen, to a bucket. */
  async map(bucket: string, database: string): Promise<void> {
    const { buckets } = (await this.call('GET', `/api/v2/buckets?name=${bucket}`)) as {
      buckets: [{ id: string; orgID: string }];
    };
    const [{ id: bucketID, orgID }] = buckets;
    const mapping = { bucketID, orgID, database, retention_policy: 'autogen', default: true };
    await this.call('POST', '/api/v2/dbrps', mapping);
  }

  /** The variables with which a gateway uses this server. */
  variables(bucket: string): Record<string, string> {
    return {
      INFLUXDB_URL: this.url,
      INFLUXDB_TOKEN: this.token,
      INFLUXDB_ORG: this.org,
      INFLUXDB_BUCKET: bucket,
    };
  }

  /** Writes line protocol directly, without the gateway. */
  async write(bucket: string, lines: string, precision = 'us'): Promise<void> {
    const path = `/api/v2/write?org=${this.org}&bucket=${bucket}&precision=${precision}`;
    const headers = { authorization: `Token ${this.token}` };
    const response = await fetch(`${this.url}${path}`, { method: 'POST', headers, body: lines });
    if (response.status !== 204) throw new Error(`InfluxDB: ${response.status} ${await response.text()}`);
  }

  /** Deletes all that was ever written to a bucket. */
  async clear(bucket: string): Promise<void> {
    await this.delete(bucket, '1970-01-01T00:00:00Z', '2200-01-01T00:00:00Z');
  }

  /** Deletes points of a range of time, as `influx delete` does. */
  async delete(bucket: string, start: string, stop: string, predicate?: string): Promise<void> {
    const path = `/api/v2/delete?org=${this.org}&bucket=${bucket}`;
    const headers = { authorization: `Token ${this.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ start, stop, predicate });
    const response = await fetch(`${this.url}${path}`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`InfluxDB: ${response.status} ${await response.text()}`);
  }

  async stop(): Promise<void> {
    await this.end();
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { authorization: `Token ${this.token}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`InfluxDB: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

/** An influxd process, which can be killed and started again over the same folder. */
export class InfluxdProcess {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly kill: () => Promise<void>,
  ) {}

  /** @param port 0 takes a free one */
  static async start(folder: string, port = 0): Promise<InfluxdProcess> {
    const binary = findInfluxd();
    if (!binary) throw new Error(HOW_TO_GET_INFLUXD);
    const args = [
      `--http-bind-address=127.0.0.1:${port}`,
      `--engine-path=${join(folder, 'engine')}`,
      `--bolt-path=${join(folder, 'influxd.bolt')}`,
      `--sqlite-path=${join(folder, 'influxd.sqlite')}`,
      '--reporting-disabled',
    ];
    const child = new Child(binary, args);
    const [, taken] = await until(
      () => /msg=Listening .*transport=http .*port=(\d+)/.exec(child.output) ?? undefined,
      'influxd to listen',
    );
    return new InfluxdProcess(`http://127.0.0.1:${taken}`, folder, async () => {
      await child.kill('SIGKILL');
    });
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async stop(): Promise<void> {
    await this.kill();
  }

  async discard(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Gives a fresh server its first user, organization and token; one that has them is left as it is. */
export async function onboard(url: string): Promise<typeof ADMIN> {
  const body = JSON.stringify(ADMIN);
  const response = await fetch(`${url}/api/v2/setup`, { method: 'POST', body });
  if (!response.ok && response.status !== 422)
    throw new Error(`InfluxDB: ${response.status} ${await response.text()}`);
  return ADMIN;
}
