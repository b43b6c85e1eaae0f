import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';
import type { Gateway, PipelineStatus } from '../support/gateway.js';
import { keyOf, type Load } from './load.js';

const TABLE = join(ROOT, 'artifacts', 'faults.jsonl');

/** One line of the table in docs/reliability.md. */
export interface Row {
  readonly fault: string;
  readonly acknowledged: number;
  readonly stored: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly refused: number;
  /** Not counted by every suite. */
  readonly storedThoughRefused?: number;
  /** Calls that failed, where that is what the row is about. */
  readonly hits?: number;
}

/** What became of readings, by their values, which are all different. */
export interface Account {
  readonly stored: readonly number[];
  readonly deadLettered: readonly number[];
  /** Acknowledged, and neither stored with its value nor a dead letter. */
  readonly lost: readonly number[];
  /** Stored a second time, stored and a dead letter too, or a point or value that nobody sent. */
  readonly duplicated: readonly number[];
  /** Stored, or a dead letter, although the answer was 4xx or 5xx. */
  readonly storedThoughRefused: readonly number[];
}

/** A point as the store has it. */
export interface Point {
  readonly sensorId: string;
  readonly timestamp: string;
  readonly value: number;
}

/** Reads the stored points, without the gateway where possible. */
export type ReadBack = () => Promise<Point[]>;

/** All points of a bucket, from InfluxDB itself. */
export function fromInfluxDb(
  { INFLUXDB_TOKEN, INFLUXDB_ORG, INFLUXDB_BUCKET }: Variables,
  url: string,
): ReadBack {
  const query = `from(bucket: "${INFLUXDB_BUCKET ?? ''}")
    |> range(start: 1970-01-02T00:00:00Z, stop: 2200-01-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "sensor_predictions" and r._field == "value")
    |> keep(columns: ["_time", "_value", "sensor_id"])`;
  return async () => {
    const response = await fetch(`${url}/api/v2/query?org=${encodeURIComponent(INFLUXDB_ORG ?? '')}`, {
      method: 'POST',
      headers: { authorization: `Token ${INFLUXDB_TOKEN ?? ''}`, 'content-type': 'application/vnd.flux' },
      body: query,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`InfluxDB: ${response.status} ${text}`);
    return readCsv(text);
  };
}

type Variables = Readonly<Record<string, string>>;

/** All points of some sensors, through the gateway: nothing else can read the embedded store while it is open. */
export function fromGateway(gateway: () => Gateway, sensorIds: readonly string[]): ReadBack {
  return async () => {
    const pages = sensorIds.map((sensorId) =>
      allPages<Point>(
        gateway(),
        `/api/readings/${sensorId}?from=0&to=${Date.now() + 86_400_000}&limit=10000`,
      ),
    );
    return (await Promise.all(pages)).flat();
  };
}

/** Reads the counters all the time, and keeps their errors. */
export class Watch {
  readonly wrong: string[] = [];
  samples = 0;
  private stopped = false;
  private readonly watching: Promise<void>;

  constructor(
    private readonly gateway: () => Gateway,
    private readonly load: Load,
  ) {
    this.watching = this.keepAsking();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.watching;
  }

  private async keepAsking(): Promise<void> {
    while (!this.stopped) {
      const acknowledged = this.load.ledger.acknowledged.size;
      const status = await this.gateway()
        .pipeline()
        .catch(() => undefined);
      if (status) this.check(status, acknowledged);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private check(status: PipelineStatus, acknowledged: number): void {
    this.samples += 1;
    const { accepted, stored, queued, deadLettered, damaged } = status;
    const right =
      accepted === stored + queued + deadLettered &&
      Math.min(stored, queued, deadLettered) >= 0 &&
      damaged === 0 &&
      accepted >= acknowledged;
    if (!right) this.wrong.push(`${acknowledged} acknowledged before ${JSON.stringify(status)}`);
  }
}

/** Waits until nothing is queued and compares what became of each reading with its response. */
export async function account(load: Load, gateway: Gateway, readBack: ReadBack): Promise<Account> {
  await gateway.settled(120_000);
  const { acknowledged, unknown, turnedAway } = load.ledger;
  const dead = (await allPages<{ reading: Point }>(gateway, '/api/dead-letters?limit=1000'))
    .map(({ reading }) => reading)
    .filter(({ sensorId }) => sensorId.startsWith(load.prefix));
  const points = (await readBack()).filter(({ sensorId }) => sensorId.startsWith(load.prefix));
  const missing = new Map(acknowledged);
  const seen = new Set<string>();
  const duplicated: number[] = [];
  const storedThoughRefused: number[] = [];
  for (const point of [...points, ...dead]) {
    const key = keyOf(point);
    const expected = acknowledged.get(key) ?? unknown.get(key) ?? turnedAway.get(key);
    if (expected !== point.value || seen.has(key)) duplicated.push(point.value);
    else if (acknowledged.has(key)) missing.delete(key);
    else if (!unknown.has(key)) storedThoughRefused.push(point.value);
    seen.add(key);
  }
  return {
    stored: points.map(({ value }) => value),
    deadLettered: dead.map(({ value }) => value),
    lost: [...missing.values()],
    duplicated,
    storedThoughRefused,
  };
}

/** Makes a row of the table from the account: nothing may be lost, duplicated, or stored though it was refused. */
export async function settle(fault: string, load: Load, gateway: Gateway, readBack: ReadBack): Promise<Row> {
  const { stored, deadLettered, lost, duplicated, storedThoughRefused } = await account(
    load,
    gateway,
    readBack,
  );
  const { acknowledged, refused, putOff } = load.ledger;
  const row: Row = {
    fault,
    acknowledged: acknowledged.size,
    stored: stored.length,
    deadLettered: deadLettered.length,
    lost: lost.length,
    duplicated: duplicated.length,
    refused: refused.size + [...putOff.values()].reduce((sum, count) => sum + count, 0),
    storedThoughRefused: storedThoughRefused.length,
  };
  addRow(row);
  expect(row).toMatchObject({ fault, lost: 0, duplicated: 0, storedThoughRefused: 0 });
  return row;
}

/** Every reading was a point of its own, so the counters must say what was found. */
export async function expectCountersToMatch({ stored, deadLettered }: Row, gateway: Gateway): Promise<void> {
  expect(await gateway.pipeline()).toMatchObject({
    accepted: stored + deadLettered,
    stored,
    deadLettered,
    queued: 0,
    damaged: 0,
  });
}

export function addRow(row: Row): void {
  mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
  appendFileSync(TABLE, `${JSON.stringify(row)}\n`);
}

async function allPages<T>(gateway: Gateway, first: string): Promise<T[]> {
  const items: T[] = [];
  for (let path: string | undefined = first; path !== undefined;) {
    const response = await gateway.get(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    items.push(...((await response.json()) as T[]));
    [, path] = /<(.*)>/.exec(response.headers.get('link') ?? '') ?? [];
  }
  return items;
}

/** The sensors here have no commas or quotes in their names, so a field ends at the next comma. */
function readCsv(text: string): Point[] {
  const points: Point[] = [];
  let columns: string[] = [];
  for (const line of text.split('\r\n')) {
    const cells = line.split(',');
    if (line === '') columns = [];
    else if (columns.length === 0) columns = cells;
    else {
      const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
      points.push({ sensorId: cell('sensor_id'), timestamp: cell('_time'), value: Number(cell('_value')) });
    }
  }
  return points;
}
